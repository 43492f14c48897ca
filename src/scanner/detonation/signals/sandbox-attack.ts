import { of, perSubject, quoted, weighed, type Rule } from './signal.ts'

/** A system call that attacks the kernel, another process or the sandbox. */
export const sandboxAttack: Rule = {
  id: 'sandbox-attack',
  requires: [
    'ptrace, process_vm_writev, bpf, userfaultfd, io_uring_setup, add_key, unshare, setns, init_module, perf_event_open or their like; a new user namespace; or a call that the sandbox of the viewer forbids (SIGSYS)',
    'the viewer never does so with harmless files: it has a learned baseline',
  ],
  attack: ['T1611', 'T1068'],
  weight: 'effect',
  source: 'scanner design, section 14',
  judge(run) {
    const calls = of(run, 'attack-call').filter((one) => !run.ordinary.has(one))
    const forbidden = of(run, 'fault').filter(({ signal }) => signal === 'SIGSYS')
    return weighed(
      [
        ...perSubject(
          calls,
          ({ call }) => call,
          ({ call, detail }) => `The viewer called ${call}${detail ? ` (${quoted(detail)})` : ''}.`,
        ),
        ...(forbidden.length > 0 ? [{ why: 'The viewer made a system call that its own sandbox forbids.', shownBy: forbidden }] : []),
      ],
      run,
    )
  },
}
