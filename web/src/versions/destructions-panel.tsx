import { Button, Text, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { command } from '../api/client.ts'
import { StepDialog } from '../packages/step-dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import styles from '../ui/waiting-list.module.css'
import { destructionsQuery, useVersionAct, type Destruction } from './versions.ts'

/** Pulled packages of which the contact holds something; nothing where there is none. */
export function DestructionsPanel(): ReactElement | null {
  const destructions = useQuery(destructionsQuery)
  if (!destructions.data || destructions.data.items.length === 0) return null
  return (
    <Panel title="Pulled: destroy what you hold" lead="These packages were pulled. Destroy every copy, and say so here." flush>
      <ul className={styles['list']}>
        {destructions.data.items.map((one) => (
          <Item key={one.package} destruction={one} />
        ))}
      </ul>
    </Panel>
  )
}

function Item({ destruction }: { destruction: Destruction }): ReactElement {
  const { package: id, versions, pulledAt, attested } = destruction
  const [open, setOpen] = useState(false)
  const name = `Package …${id.slice(-6)}`
  return (
    <li className={styles['item']}>
      <div className={styles['body']}>
        <strong>{name}</strong> {attested ? <StateMark tone="plain">You attested it</StateMark> : <StateMark tone="waiting">Not attested yet</StateMark>}
        <Text size="sm" c="dimmed" component="div">
          You received {versions.length === 1 ? `version ${versions[0]}` : `versions ${versions.join(', ')}`}; pulled at <Instant value={pulledAt} />
        </Text>
        {attested && (
          <Text size="sm" component="div" className="break">
            Destroyed at <Instant value={attested.destroyedAt} />: {attested.text}
          </Text>
        )}
      </div>
      {!attested && (
        <Button size="compact-sm" onClick={() => setOpen(true)} aria-label={`Attest the destruction of ${name}`}>
          Attest the destruction
        </Button>
      )}
      {open && <AttestDialog id={id} onClose={() => setOpen(false)} />}
    </li>
  )
}

function AttestDialog({ id, onClose }: { id: string; onClose: () => void }): ReactElement {
  const { values, set, clear } = useDraft(`attestation-${id}`, { text: '', at: '' })
  // What is typed is an instant in UTC: no zone is guessed.
  const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(values.at) ? `${values.at}:00Z` : undefined
  const attest = useVersionAct<void>(
    () => command('POST', `/api/packages/${id}/attestations`, { text: values.text, destroyedAt: instant }),
    () => {
      clear()
      onClose()
    },
  )
  return (
    <StepDialog
      opened
      onClose={onClose}
      title="Attest the destruction"
      confirm="Attest it"
      disabled={values.text.trim() === '' || instant === undefined}
      pending={attest.isPending}
      error={attest.error}
      onConfirm={() => attest.mutate()}
    >
      <Text>It is a statement in your name, kept in the audit log of the response centre. It cannot be changed afterwards.</Text>
      <Textarea
        label="What was destroyed, and how"
        autosize
        minRows={2}
        maxLength={4000}
        value={values.text}
        onChange={(event) => set({ text: event.currentTarget.value })}
        required
      />
      <TextInput label="When it was done (UTC)" type="datetime-local" value={values.at} onChange={(event) => set({ at: event.currentTarget.value })} required />
    </StepDialog>
  )
}
