/** Mutants of src/http that no caller can observe. */

import { COMPILER, type Reasons, SHORTCUT } from './reasons.ts'

export const HTTP: Reasons = [
  [
    'src/http/build-response.ts',
    'Node reads the member through the prototype in any case; only other runtimes show it.',
    [["{ status, statusText: '', headers: undefined }", "({ status, statusText: '' })"]],
  ],
  [
    'src/http/authorization.ts',
    'a value that begins with a space has no scheme, with or without the cut.',
    [
      ['0', '1', 'const name = space < 0'],
      ['space < 0', 'space <= 0', 'const name = space < 0'],
      ['0', '1', 'const token = space < 0'],
      ['space < 0', 'space <= 0', 'const token = space < 0'],
    ],
  ],
  ['src/http/authorization.ts', SHORTCUT, [["!value.includes(',')", 'false']]],
  [
    'src/http/authorization.ts',
    'the parts were trimmed.',
    [
      [
        "/^(?!bearer\\s|dpop\\s)[!#$%&'*+\\-.^_`|~0-9A-Za-z]+ +\\S/i",
        "/^(?!bearer\\s|dpop\\s)[!#$%&'*+\\-.^_`|~0-9A-Za-z]* +\\S/i",
      ],
    ],
  ],
  [
    'src/http/content.ts',
    '`Headers` trims values.',
    [["(headers.get('content-encoding') ?? '').trim()", "(headers.get('content-encoding') ?? '')"]],
  ],
  [
    'src/http/content.ts',
    'a shortcut: without the word, no parameter names a charset.',
    [['type === null || !CHARSET.test(type)', ['type === null']]],
  ],
  [
    'src/http/content.ts',
    'for the compiler: the string `null` does not contain the word.',
    [['type === null || !CHARSET.test(type)', ['!CHARSET.test(type)']]],
  ],
  [
    'src/http/content.ts',
    'the replacement does not contain the word charset either.',
    [["''", "'mutant'", 'UTF8_PARAMETER']],
  ],
  [
    'src/http/cors.ts',
    'a name that is not a tool parameter is omitted, as an empty one is.',
    [["''", "'mutant'", 'Access-Control-Request-Headers']],
  ],
  [
    'src/http/freshness.ts',
    'neither the empty string nor this one is a directive or a date.',
    [
      ["''", "'mutant'"],
      ["headers.get('Date') ?? ''", "headers.get('Date')"],
    ],
  ],
  [
    'src/http/request-target.ts',
    SHORTCUT,
    [
      ['PLAIN_URL.test(url) || parseTarget(url) !== undefined', 'parseTarget(url) !== undefined'],
      ['PLAIN_PATH.test(pathname)', 'undefined'],
      ['PLAIN_URL.test(url)', 'false', 'return true'],
      [
        'isPlainPath(pathname) || textsOf(pathname).every((text) => text === pathname)',
        'textsOf(pathname).every((text) => text === pathname)',
      ],
      ['isPlainPath(pathname)', 'false', 'return [pathname]'],
      ['known.get(text) ?? read(text)', 'read(text)'],
      ['known.set(text, texts)', ''],
      [
        '/^https?:\\/\\/[a-z]+(?:[.-][a-z]+)*(?::[1-9]\\d{0,3})?(?=\\/)(?:\\/[\\w~-]+)*\\/?(?:\\?[\\w/~.=&-]*)?$/',
        [
          '/^https?:\\/\\/[a-z]+(?:[.-][a-z]+)+(?::[1-9]\\d{0,3})?(?=\\/)(?:\\/[\\w~-]+)*\\/?(?:\\?[\\w/~.=&-]*)?$/',
          '/^https?:\\/\\/[a-z]+(?:[.-][a-z]+)*(?::[1-9]\\d{0,3})?(?=\\/)(?:\\/[\\w~-]+)+\\/?(?:\\?[\\w/~.=&-]*)?$/',
          '/^https?:\\/\\/[a-z]+(?:[.-][a-z]+)*(?::[1-9]\\d{0,3})?(?=\\/)(?:\\/[\\w~-]+)*\\/?(?:\\?[\\w/~.=&-]+)?$/',
        ],
      ],
      ["/^(?:\\/[\\w.~!$&'()*+,=:@-]+)*\\/?$/", "/^(?:\\/[\\w.~!$&'()*+,=:@-]+)+\\/?$/"],
      ["'\\\\'", "''"],
      ["!DOTS.test(path) && !path.includes('\\\\')", 'false'],
      ['isPlainPath(path) && !DOTS.test(path)', 'false'],
    ],
  ],
  [
    'src/http/request-target.ts',
    'the URL parser of Node accepts names with two dots or hyphens in a row; other parsers may not.',
    [
      [
        '/^https?:\\/\\/[a-z]+(?:[.-][a-z]+)*(?::[1-9]\\d{0,3})?(?=\\/)(?:\\/[\\w~-]+)*\\/?(?:\\?[\\w/~.=&-]*)?$/',
        '/^https?:\\/\\/[a-z]+(?:[.-][a-z]*)*(?::[1-9]\\d{0,3})?(?=\\/)(?:\\/[\\w~-]+)*\\/?(?:\\?[\\w/~.=&-]*)?$/',
      ],
    ],
  ],
  [
    'src/http/request-target.ts',
    'the pathname of such a URL differs from the rest of its text.',
    [
      [
        '/^https?:\\/\\/[^\\\\/?#@]+(?=\\/)/i',
        ['/https?:\\/\\/[^\\\\/?#@]+(?=\\/)/i', '/^https?:\\/\\/[^\\\\/?#@]*(?=\\/)/i'],
      ],
    ],
  ],
  [
    'src/http/request-target.ts',
    'the empty match is replaced by the empty string.',
    [
      [
        '/(?:%[0-7][\\da-f]|(?:%(?:c[2-9a-f]|d[\\da-f])|%(?:e0%[ab]|ed%[89])[\\da-f]|%(?:e[1-9a-cef]|f0%[9ab][\\da-f]|f[1-3]%[89ab][\\da-f])%[89ab][\\da-f]|%f4%8[\\da-f]%[89ab][\\da-f])%[89ab][\\da-f])+/gi',
        '/(?:%[0-7][\\da-f]|(?:%(?:c[2-9a-f]|d[\\da-f])|%(?:e0%[ab]|ed%[89])[\\da-f]|%(?:e[1-9a-cef]|f0%[9ab][\\da-f]|f[1-3]%[89ab][\\da-f])%[89ab][\\da-f]|%f4%8[\\da-f]%[89ab][\\da-f])%[89ab][\\da-f])*/gi',
      ],
    ],
  ],
  [
    'src/http/resource-path.ts',
    SHORTCUT,
    [
      ['isPlainPath(path) && isLowerCase(path)', 'undefined'],
      [
        '{ choices, arePlain: choices.every(({ path }) => isPlainPath(path) && isLowerCase(path)) }',
        '({ choices })',
      ],
      ['isPlain', 'false', 'const other'],
      ['text === text.toLowerCase()', 'undefined'],
    ],
  ],
  [
    'src/http/target-uri.ts',
    SHORTCUT,
    [
      ["'%'", "''"],
      ["!path.includes('%')", 'false'],
      [
        '{ requestUrl: resource.href, target: targetOf(resource.href) }',
        '({ target: targetOf(resource.href) })',
      ],
      ['requestUrl !== latest.requestUrl', 'true'],
      ['{ requestUrl, target: targetOf(requestUrl) }', '({ target: targetOf(requestUrl) })'],
    ],
  ],
  [
    'src/http/target-uri.ts',
    'the rest of the pattern requires a character.',
    [
      [
        '/^https?:\\/\\/(?=[!-~]+$)[^/?#@\\\\]+(?:[/?#][^\\\\]*)?$/i',
        '/^https?:\\/\\/(?=[!-~]*$)[^/?#@\\\\]+(?:[/?#][^\\\\]*)?$/i',
      ],
    ],
  ],
  [
    'src/http/content.ts',
    'a shortcut: without the word, no parameter names a charset.',
    [['type === null || !CHARSET.test(type)', '(type === null) && (!CHARSET.test(type))']],
  ],
  ['src/http/cors.ts', SHORTCUT, [['value === field', 'false']]],
  [
    'src/http/cors.ts',
    'for the compiler: a set of strings does not contain `null`.',
    [['origin === null || !policy.has(origin)', '!policy.has(origin)']],
  ],
  [
    'src/http/retry-after.ts',
    'for the compiler: the text `null` is not a date.',
    [['value === null', 'false']],
  ],
  [
    'src/http/trace-context.ts',
    'neither text is a value of the field.',
    [
      ["''", "'mutant'", 'const parts'],
      ["headers.get('traceparent')?.trim() ?? ''", "headers.get('traceparent')?.trim()"],
    ],
  ],
  ['src/http/trace-context.ts', COMPILER, [["''", "'mutant'", 'const [, version']]],
  ['src/http/trace-context.ts', 'an id has characters.', [['/^0+$/', '/^0*$/']]],
]
