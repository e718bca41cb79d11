/** Real proxies with the lines of the guides: each runs with its own configuration, port and folder. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, isListening } from '../support/ports.ts'

export type ProxyName =
  | 'nginx'
  | 'caddy'
  | 'haproxy'
  | 'apache2'
  | 'varnishd'
  | 'lighttpd'
  | 'nghttpx'
  | 'squid'
  | 'traffic_server'
  | 'h2o'

export interface Ports {
  /** The guard, 3000 in the guides. */
  readonly guard: number
  /** The server behind the proxy, 9000 in the guides. */
  readonly server: number
}

export interface RunningProxy {
  readonly port: number
  readonly ca: string
  stop(): Promise<void>
}

export function has(name: ProxyName): boolean {
  const isThere = spawnSync('sh', ['-c', `command -v ${name}`]).status === 0
  if (!isThere) console.log(`Skipped: there is no ${name} on the PATH.`)
  return isThere
}

/** The code blocks of a guide in a language, in their order. */
export async function blocksOf(guide: string, language: string): Promise<string[]> {
  const text = await readFile(new URL(`../../docs/guides/${guide}.md`, import.meta.url), 'utf8')
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, code = '']) => code,
  )
}

/** Starts a proxy with lines of a guide, adapted to the ports of a test. */
export async function startProxy(
  name: ProxyName,
  lines: string,
  ports: Ports,
): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), `gatehouse-${name}-`))
  // Some proxies write there as another user.
  await chmod(folder, 0o777)
  const port = await freePort()
  const ca = await writeCertificate(folder)
  const code = lines
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${ports.guard}`)
    .replaceAll('127.0.0.1:9000', `127.0.0.1:${ports.server}`)
    .replaceAll('"3000"', `"${ports.guard}"`)
    .replaceAll(/(127\.0\.0\.1(?:,|", "port" => | parent ))3000/g, `$1${ports.guard}`)
  const { text, argv, files = {} } = PROXIES[name](code, folder, port)
  for (const [file, content] of Object.entries({ config: text, ...files })) {
    await writeFile(join(folder, file), content)
  }
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  const child = spawn(name, argv, {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => {
      said += part
    })
  }
  const stop = async (): Promise<void> => {
    await end(child)
    await rm(folder, { recursive: true, force: true })
  }
  while (!(await isListening(port))) {
    if (child.exitCode !== null) {
      await stop()
      throw new Error(`${name} went away: ${said}\n${text}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return { port, ca, stop }
}

/** Made by OpenSSL: Go rejects the plain ones of the other tests. @returns The certificate. */
async function writeCertificate(folder: string): Promise<string> {
  const argv = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const names = [
    '-subj',
    '/CN=127.0.0.1',
    '-addext',
    'subjectAltName=IP:127.0.0.1,DNS:localhost',
    '-days',
    '2',
  ]
  const files = ['-keyout', join(folder, 'server.key'), '-out', join(folder, 'cert.pem')]
  const { status, stderr } = spawnSync('openssl', [...argv, ...names, ...files])
  if (status !== 0) throw new Error(String(stderr))
  const pem = await readFile(join(folder, 'cert.pem'), 'utf8')
  const key = await readFile(join(folder, 'server.key'), 'utf8')
  await writeFile(join(folder, 'server.pem'), pem + key)
  return pem
}

/** A self-signed certificate for a client. @param names How many names make it long. */
export async function createClientCertificate(
  names: number,
): Promise<{ pem: string; key: string; der: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-client-'))
  const list = Array.from(
    { length: names },
    (_, index) => `DNS:client-${index}.${'x'.repeat(30)}.example`,
  )
  const argv = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const subject = [
    '-subj',
    '/CN=client',
    '-addext',
    `subjectAltName=${list.join(',')}`,
    '-days',
    '2',
  ]
  const files = ['-keyout', join(folder, 'key'), '-out', join(folder, 'pem')]
  const { status, stderr } = spawnSync('openssl', [...argv, ...subject, ...files])
  if (status !== 0) throw new Error(String(stderr))
  const pem = await readFile(join(folder, 'pem'), 'utf8')
  const key = await readFile(join(folder, 'key'), 'utf8')
  await rm(folder, { recursive: true, force: true })
  return { pem, key, der: Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64') }
}

type Adapt = (
  lines: string,
  folder: string,
  port: number,
) => { text: string; argv: string[]; files?: Record<string, string> }

const PROXIES: Readonly<Record<ProxyName, Adapt>> = {
  nginx(lines, folder, port) {
    const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join('\n')
    const adapted = lines
      .replace(/listen (?:8443|443|8080)/, `listen 127.0.0.1:${port}`)
      .replace(/server_name [^;]*;/, '')
      .replace(/ssl_certificate [^;]*;/, `ssl_certificate ${folder}/server.pem;`)
      .replace(/ssl_certificate_key [^;]*;/, `ssl_certificate_key ${folder}/server.key;`)
    return {
      text: `daemon off;\nmaster_process off;\npid ${folder}/pid;\nevents {}\nhttp {\naccess_log off;\n${places}\n${adapted}\n}\n`,
      argv: ['-p', folder, '-c', join(folder, 'config'), '-e', 'stderr'],
    }
  },
  caddy(lines, folder, port) {
    const tls = `tls ${folder}/server.pem ${folder}/server.key`
    const adapted = lines
      .replace(
        'mcp.example.com {',
        `https://localhost:${port} {${lines.includes('tls server.pem') ? '' : `\n\t${tls}`}`,
      )
      .replace(/^:8080 \{/m, `http://localhost:${port} {`)
      .replace(/tls server\.pem server\.key/, tls)
    const global = '{\n\tadmin off\n\tauto_https disable_redirects\n}\n'
    return {
      text: global + adapted,
      argv: ['run', '--adapter', 'caddyfile', '--config', join(folder, 'config')],
    }
  },
  haproxy(lines, folder, port) {
    const lua = new URL('../../examples/haproxy/gatehouse.lua', import.meta.url).pathname
    const adapted = lines
      .replace(/bind :(?:8443|8080)/, `bind 127.0.0.1:${port}`)
      .replace('crt server.pem', `crt ${folder}/server.pem`)
      .replace('lua-load gatehouse.lua', `lua-load ${lua}`)
    return { text: `${adapted}\n`, argv: ['-db', '-f', join(folder, 'config')] }
  },
  apache2(lines, folder, port) {
    const modules = [
      'mpm_event',
      'authz_core',
      'proxy',
      'proxy_http',
      'ssl',
      'headers',
      'socache_shmcb',
    ]
      .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
      .join('\n')
    const user = isRoot() ? 'User www-data\nGroup www-data\n' : ''
    const adapted = lines
      .replace(/<VirtualHost \*:443>/, `<VirtualHost 127.0.0.1:${port}>`)
      .replace('"server.pem"', `"${folder}/server.pem"`)
      .replace('"server.key"', `"${folder}/server.key"`)
    return {
      text: `ServerRoot "${folder}"\nServerName 127.0.0.1\nListen 127.0.0.1:${port}\n${modules}\n${user}PidFile ${folder}/pid\nDefaultRuntimeDir ${folder}\nMutex file:${folder} default\nErrorLog ${folder}/error.log\n${adapted}\n`,
      argv: ['-f', join(folder, 'config'), '-DFOREGROUND'],
    }
  },
  varnishd(lines, folder, port) {
    const sizes = [
      'http_req_hdr_len=32k',
      'http_req_size=64k',
      'workspace_client=256k',
      'workspace_backend=256k',
    ]
    return {
      text: lines,
      argv: [
        '-F',
        '-j',
        'none',
        '-n',
        join(folder, 'work'),
        '-f',
        join(folder, 'config'),
        '-a',
        `127.0.0.1:${port}`,
        '-s',
        'malloc,16m',
        ...sizes.flatMap((each) => ['-p', each]),
      ],
    }
  },
  lighttpd(lines, folder, port) {
    const adapted = lines
      .replace('server.port = 8443', `server.port = ${port}\nserver.bind = "127.0.0.1"`)
      .replace('"/var/empty"', `"${folder}"`)
      .replace('"server.pem"', `"${folder}/server.pem"`)
    return { text: adapted, argv: ['-D', '-f', join(folder, 'config')] }
  },
  nghttpx(lines, folder, port) {
    const adapted = lines
      .replace('*,8443', `127.0.0.1,${port}`)
      .replace('=server.key', `=${folder}/server.key`)
      .replace('=server.pem', `=${folder}/server.pem`)
    const log = 'accesslog-file=/dev/null\nworkers=1\n'
    return { text: adapted + log, argv: [`--conf=${join(folder, 'config')}`] }
  },
  squid(lines, folder, port) {
    const user = isRoot() ? 'cache_effective_user proxy\n' : ''
    const own = `${user}pid_filename none\ncache_log ${folder}/log\naccess_log none\nshutdown_lifetime 0 seconds\n`
    const adapted = lines.replace('http_port 8080', `http_port 127.0.0.1:${port}`)
    // The name keeps its shared memory apart from that of other instances.
    return {
      text: `${adapted}${own}coredump_dir ${folder}\nmemory_cache_shared off\n`,
      argv: ['-N', '-n', `gatehouse${port}`, '-f', join(folder, 'config')],
    }
  },
  traffic_server(lines, folder, port) {
    const [, records = '', remap = '', certificates = ''] = lines
      .replace('STRING 8443:ssl', `STRING ${port}:ip-in=127.0.0.1:ssl`)
      .split(/# \w+\.config\n/)
    const own = `CONFIG proxy.config.admin.user_id STRING ${isRoot() ? 'nobody' : '#-1'}\n`
    const paths = `CONFIG proxy.config.ssl.server.cert.path STRING ${folder}\n`
    return {
      text: '',
      argv: [`--run-root=${folder}`],
      files: {
        'runroot.yaml': runRoot(folder),
        'records.config': records + own + paths,
        'remap.config': remap,
        'ssl_multicert.config': certificates,
        'storage.config': '',
        'plugin.config': '',
        'ip_allow.yaml':
          'ip_allow:\n  - { apply: in, ip_addrs: 127.0.0.1, action: allow, methods: ALL }\n',
      },
    }
  },
  h2o(lines, folder, port) {
    const user = isRoot() ? 'user: nobody\n' : ''
    const adapted = lines
      .replace('port: 8443', `host: 127.0.0.1\n  port: ${port}`)
      .replace('server.pem', `${folder}/server.pem`)
      .replace('server.key', `${folder}/server.key`)
    return { text: `num-threads: 1\n${user}${adapted}`, argv: ['-c', join(folder, 'config')] }
  },
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** The folders of Traffic Server, in place of those in its package. */
function runRoot(folder: string): string {
  const places = {
    prefix: '/usr',
    exec_prefix: '/usr',
    bindir: '/usr/bin',
    sbindir: '/usr/bin',
    includedir: '/usr/include',
    libdir: '/usr/lib/trafficserver',
    libexecdir: '/usr/lib/trafficserver/modules',
    sysconfdir: folder,
    datadir: folder,
    localstatedir: folder,
    runtimedir: folder,
    logdir: folder,
    cachedir: folder,
  }
  return Object.entries(places)
    .map(([name, place]) => `${name}: ${place}\n`)
    .join('')
}

/** The whole group: Apache and Varnish have processes of their own. */
async function end(child: ChildProcess): Promise<void> {
  const { pid, exitCode, signalCode } = child
  if (pid === undefined || exitCode !== null || signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  process.kill(-pid, 'SIGTERM')
  const timer = setTimeout(() => process.kill(-pid, 'SIGKILL'), 2000)
  await exited
  clearTimeout(timer)
}
