import { Alert, Button, Group, Stack, Table, Text, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState, type ChangeEvent, type DragEvent, type FormEvent, type ReactElement } from 'react'
import { MOST_SIGHTINGS, SightingsResult } from '#exchange/sightings/contract.ts'
import { post } from '../api/client.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { Icon } from '../ui/icon.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { gapsQuery, indicatorsQuery } from './exchange.ts'
import { readSightingLines, type SightingLine } from './sighting-lines.ts'
import styles from './report-many-dialog.module.css'

export const MANY_DRAFT = 'sightings'
const EMPTY = { lines: '' }
const EXAMPLE = 'a.example, 3, 2026-11-22T08:30:00Z, 2026-11-22T09:00:00Z'
/** Refused lines that are listed; all of them stay in the box. */
const MOST_LISTED = 100

interface Outcome {
  readonly accepted: number
  readonly repeated: number
  readonly refused: readonly { readonly line: number; readonly text: string; readonly reason: string }[]
}

/** Reports many sightings from pasted lines or a CSV file; what is refused stays in the box with its reason. */
export function ReportManyDialog({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactElement {
  return (
    <Dialog opened={opened} onClose={onClose} title="Report many sightings" size="xl">
      <ManyForm onClose={onClose} />
    </Dialog>
  )
}

function ManyForm({ onClose }: { onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft(MANY_DRAFT, EMPTY)
  const report = useMutation({
    mutationFn: () => send(readSightingLines(values.lines)),
    onSuccess: async ({ refused }) => {
      if (refused.length === 0) clear()
      else set({ lines: refused.map(({ text }) => text).join('\n') })
      await queries.invalidateQueries({ queryKey: indicatorsQuery.queryKey })
      await queries.invalidateQueries({ queryKey: gapsQuery.queryKey })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    report.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">
          One a line: value or indicator id, count, first seen, last seen. The count is 1 unless you say it, the last time is the first unless you say it, and a
          time without an offset is in UTC. At most {MOST_SIGHTINGS.toLocaleString('en')} lines.
        </Text>
        <Lines value={values.lines} onChange={(lines) => set({ lines })} />
        <ProblemAlert error={report.error} />
        <output>{report.data && <OutcomeText outcome={report.data} />}</output>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={report.isPending}>
            Close
          </Button>
          <Button type="submit" loading={report.isPending} disabled={values.lines.trim() === ''}>
            Report them
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function Lines({ value, onChange }: { value: string; onChange: (lines: string) => void }): ReactElement {
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const take = async (file: File | undefined) => {
    if (file) onChange(await file.text())
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    void take(event.dataTransfer.files[0])
  }
  const dragOver = (event: DragEvent) => {
    event.preventDefault()
    setOver(true)
  }
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    void take(event.currentTarget.files?.[0])
    event.currentTarget.value = ''
  }
  return (
    <div className={styles['lines']} data-over={over || undefined} onDragOver={dragOver} onDragLeave={() => setOver(false)} onDrop={drop}>
      <Textarea
        label="Sightings"
        rows={9}
        spellCheck={false}
        classNames={{ input: styles['text'] ?? '' }}
        placeholder={EXAMPLE}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        data-autofocus
      />
      <Group justify="space-between" mt={6}>
        <Text size="sm" c="dimmed">
          You can also drop a CSV file on the box.
        </Text>
        <Button variant="default" size="compact-sm" leftSection={<Icon name="upload" size={14} />} onClick={() => input.current?.click()}>
          Choose a CSV file
        </Button>
      </Group>
      <input ref={input} type="file" hidden accept=".csv,.txt,text/csv,text/plain" aria-label="CSV file of sightings" onChange={choose} />
    </div>
  )
}

function OutcomeText({ outcome: { accepted, repeated, refused } }: { outcome: Outcome }): ReactElement {
  const title = `${accepted.toLocaleString('en')} accepted, ${repeated.toLocaleString('en')} known already, ${refused.length.toLocaleString('en')} refused`
  return (
    <Alert
      color={refused.length > 0 ? 'yellow' : 'vedette'}
      variant="light"
      role="none"
      title={title}
      icon={<Icon name={refused.length > 0 ? 'warning' : 'check'} />}
    >
      {refused.length > 0 && (
        <>
          <Text size="sm" mb={6}>
            The refused lines stay in the box: correct them and report them again.
          </Text>
          <SimpleTable label="Refused lines" headers={['Line', 'What you wrote', 'Why it was refused']}>
            {refused.slice(0, MOST_LISTED).map(({ line, text, reason }) => (
              <Table.Tr key={line}>
                <Table.Td>{line}</Table.Td>
                <Table.Td className="mono break">{text}</Table.Td>
                <Table.Td>{reason}</Table.Td>
              </Table.Tr>
            ))}
          </SimpleTable>
          {refused.length > MOST_LISTED && <Text size="sm">And {(refused.length - MOST_LISTED).toLocaleString('en')} more.</Text>}
        </>
      )}
    </Alert>
  )
}

/** Sends what can be read; what cannot is refused here, under the same rule: a bad line stops no other. */
async function send(lines: readonly SightingLine[]): Promise<Outcome> {
  const readable = lines.flatMap((line) => (line.sighting ? [{ ...line, sighting: line.sighting }] : []))
  const unreadable = lines.flatMap(({ line, text, reason }) => (reason === undefined ? [] : [{ line, text, reason }]))
  if (readable.length === 0) return { accepted: 0, repeated: 0, refused: unreadable }
  const result = await post(SightingsResult, '/api/sightings/bulk', { sightings: readable.map(({ sighting }) => sighting) })
  const refused = result.refused.map(({ index, code, message }) => {
    const { line, text } = readable[index]!
    return { line, text, reason: code === 'NOT_FOUND' ? 'no indicator that you can see names this' : message }
  })
  return { ...result, refused: [...refused, ...unreadable].toSorted((a, b) => a.line - b.line) }
}
