import { spawnSync } from 'node:child_process'

/** Whether the native part of the fuzzer loads here, in a process such as it would run in. It is built for some systems only. */
export function fuzzerLoads(): boolean {
  const args = [...process.execArgv, '--import', './test/fuzz/register-types.ts', '--input-type=module', '--eval', "await import('@jazzer.js/fuzzer')"]
  return spawnSync(process.execPath, args, { cwd: `${import.meta.dirname}/../..`, stdio: 'ignore' }).status === 0
}
