import { ensureConsole } from '#main/console.ts'
import { programOf, SCRIPTS } from '#scanner/jail/program.ts'

/** `bin/run src/main/build.ts`: builds what is otherwise built when it is first used, for an installation that may not write to itself. */
await ensureConsole()
for (const script of Object.values(SCRIPTS)) {
  const { script: made } = await programOf(script)
  if (made === script) throw new Error(`${script} could not be made into one file`)
}
