/** Why a file cannot be read, in words. */
export function fileProblem(error: unknown): string {
  const { code = 'unknown' } = error as NodeJS.ErrnoException
  return Object.hasOwn(PROBLEMS, code) ? `${PROBLEMS[code]}` : code
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user has no permission',
  EPERM: 'this user has no permission',
}
