import { NativeSelect, Text, Textarea, TextInput } from '@mantine/core'
import type { ReactElement } from 'react'
import { EmbargoEndView, type EndCause, type ExploitationBasis } from '#program/embargo/contract.ts'
import { create } from '../api/client.ts'
import { useDraft } from '../ui/draft.ts'
import { BASIS_NAME, CAUSE_NAME, choicesOf } from './embargo.ts'
import { FormDialog } from './form-dialog.tsx'

export interface EndDraft {
  readonly cve: string
  readonly cause: EndCause
  readonly basis: ExploitationBasis
  readonly evidence: string
  readonly source: string
  readonly derivable: string
  readonly report: string
}
export const NO_END: EndDraft = { cve: '', cause: 'third-party', basis: 'known-exploited', evidence: '', source: '', derivable: '', report: '' }

/** Proposes that the embargo of a vulnerability is over; filled in before where somebody reported it. */
export function ProposeEndDialog({ name, start, onClose }: { name: string; start: EndDraft; onClose: () => void }): ReactElement {
  const { values, set, clear } = useDraft<EndDraft>(`embargo-end:${name}`, start)
  const send = () => {
    const { cve, cause, basis, evidence, source, derivable, report } = values
    return create(EmbargoEndView, '/api/embargo-ends', {
      cve: cve.trim(),
      cause,
      evidence,
      derivable: derivable.split(/[\s,]+/).filter(Boolean),
      ...(cause === 'exploitation' && { basis }),
      ...(source.trim() && { source: source.trim() }),
      ...(report && { report }),
    })
  }
  return (
    <FormDialog opened onClose={onClose} title="Propose an early end" submit="Propose" send={send} onSent={clear}>
      <TextInput label="Vulnerability" description="One CVE id" required value={values.cve} onChange={(event) => set({ cve: event.currentTarget.value })} />
      <NativeSelect
        label="Why it is over"
        data={choicesOf(CAUSE_NAME)}
        value={values.cause}
        onChange={(event) => set({ cause: event.currentTarget.value as EndCause })}
      />
      {values.cause === 'exploitation' && (
        <NativeSelect
          label="What exploitation was seen by"
          description="A prediction such as EPSS is no evidence"
          data={choicesOf(BASIS_NAME)}
          value={values.basis}
          onChange={(event) => set({ basis: event.currentTarget.value as ExploitationBasis })}
        />
      )}
      <Textarea label="Evidence" required autosize minRows={3} value={values.evidence} onChange={(event) => set({ evidence: event.currentTarget.value })} />
      <TextInput label="Where it can be read" type="url" value={values.source} onChange={(event) => set({ source: event.currentTarget.value })} />
      <TextInput
        label="What can be derived from it"
        description="CVE ids of the same packages; both publishers have to hold them to be derivable"
        value={values.derivable}
        onChange={(event) => set({ derivable: event.currentTarget.value })}
      />
      <Text size="sm">In doubt, propose it: nothing changes until a second publisher confirms.</Text>
    </FormDialog>
  )
}
