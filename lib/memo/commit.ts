/** The git commit of a folder, where it is one's working tree. Asked of git itself, without a shell. */
import { execFile } from 'node:child_process'
import process from 'node:process'

/** Milliseconds. */
const PATIENCE = 5000

/** Undefined where there is no repository, no commit or no git. */
export function commitOf(folder: string): Promise<string | undefined> {
  // what a hook of git has set for itself would name another repository
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')))
  return new Promise((resolve) => {
    const options = { cwd: folder, env, timeout: PATIENCE, windowsHide: true }
    execFile('git', ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], options, (error, stdout) => {
      const found = stdout.trim()
      resolve(error === null && /^[0-9a-f]{40,64}$/.test(found) ? found : undefined)
    })
  })
}
