import { of, type Rule } from './signal.ts'

/** The stack pointer pointed elsewhere than into a stack: code runs that somebody chained together from pieces. */
export const stackPivot: Rule = {
  id: 'stack-pivot',
  requires: ["a system call that makes memory executable or starts a program, made while the stack pointer lay outside the thread's stack"],
  attack: ['T1203'],
  weight: 'effect',
  source: 'scanner design, section 14: ROP and JOP',
  judge(run) {
    const pivoted = of(run, 'memory', 'process-start').filter((one) => one.pivoted)
    const [first] = pivoted
    if (!first) return []
    const call = first.kind === 'memory' ? first.call : 'execve'
    return [{ why: `${call} was called while the stack pointer lay outside the stack.`, shownBy: pivoted }]
  },
}
