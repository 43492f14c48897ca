import type { HappeningOf } from '../contract.ts'
import { isCrashHandler } from './processes.ts'
import { of, perSubject, quoted, weighed, type Run, type Rule } from './signal.ts'

/** Requests that read another process, attach to it or let it go (ptrace(2), linux/ptrace.h), in hexadecimal as the kernel's trace writes them; none changes it. */
const READS = /^request: (?:[123]|1[01]|420[24]), /

/**
 * Chromium's crash handler reads each process that crashed, and a crash is told for itself. It was there before the document: one that is started later may run what
 * its starter had it load.
 */
function isOfCrashHandler({ call, detail, pid, image = '' }: HappeningOf<'attack-call'>, run: Run): boolean {
  const isHandler = run.environment.viewer === 'chromium' && run.environment.driver === 'qemu' && isCrashHandler(image)
  return isHandler && call === 'ptrace' && READS.test(detail ?? '') && !of(run, 'process-start').some((start) => start.pid === pid)
}

/** A system call that attacks the kernel, another process or the sandbox. */
export const sandboxAttack: Rule = {
  id: 'sandbox-attack',
  requires: [
    'ptrace, process_vm_writev, bpf, userfaultfd, io_uring_setup, add_key, unshare, setns, init_module, perf_event_open or their like; a new user namespace; or a call that the sandbox of the viewer forbids (SIGSYS)',
    'or the memory of a process was written through its file in /proc',
    'the viewer never does so with harmless files: it has a learned baseline',
    'ptrace that only reads, by the crash handler of Chromium that was there before the document, weighs as odd',
  ],
  attack: ['T1611', 'T1068'],
  weight: 'effect',
  source: 'scanner design, section 14',
  judge(run) {
    const strange = of(run, 'attack-call').filter((one) => !run.ordinary.has(one))
    const handled = strange.filter((one) => isOfCrashHandler(one, run))
    const calls = strange.filter((one) => !handled.includes(one))
    const forbidden = of(run, 'fault').filter(({ signal }) => signal === 'SIGSYS')
    const told = (which: typeof calls) =>
      perSubject(
        which,
        ({ call }) => call,
        ({ call, detail }) => `The viewer called ${call}${detail ? ` (${quoted(detail)})` : ''}.`,
      )
    return weighed(
      [
        ...told(calls),
        ...told(handled).map((one) => ({ ...one, weight: 'odd' as const })),
        ...(forbidden.length > 0 ? [{ why: 'The viewer made a system call that its own sandbox forbids.', shownBy: forbidden }] : []),
      ],
      run,
    )
  },
}
