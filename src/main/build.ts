import { ensureConsole } from '#main/console.ts'
import { makeProgram, SCRIPTS } from '#scanner/jail/program.ts'

/** `bin/run src/main/build.ts`: builds what is otherwise built when it is first used, for an installation that may not write to itself. */
await ensureConsole()
for (const script of Object.values(SCRIPTS)) await makeProgram(script)
