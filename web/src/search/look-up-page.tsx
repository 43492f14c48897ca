import { Alert, Anchor, Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef, useState, type ChangeEvent, type DragEvent, type FormEvent, type ReactElement } from 'react'
import { MOST_LOOKED_UP } from '#exchange/search/contract.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { download } from '../ui/download.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Icon } from '../ui/icon.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { lookUpAll, valuesIn, type Outcome, type Row } from './look-up.ts'
import styles from './search.module.css'

/** Many values at once: which of them the exchange knows. */
export function LookUpPage(): ReactElement {
  return (
    <OnlyWith verb="object.search">
      <LookUp />
    </OnlyWith>
  )
}

const COLUMNS: readonly Column<Row>[] = [
  { key: 'value', header: 'Value', text: ({ value }) => value, cell: ({ value }) => <span className={`${styles['mono']} break`}>{value}</span> },
  { key: 'kind', header: 'Read as', text: ({ kind, hit }) => (hit.by === undefined ? kind : `${kind}, by ${hit.by}`) },
  { key: 'object', header: 'Named by', text: ({ hit }) => hit.id, cell: ({ hit }) => <Hit id={hit.id} revoked={hit.revoked} /> },
  { key: 'tlp', header: 'TLP', text: ({ hit }) => `TLP:${hit.tlp}`, cell: ({ hit }) => <span className="nowrap">TLP:{hit.tlp}</span> },
  { key: 'confidence', header: 'Confidence', text: ({ hit }) => String(hit.confidence ?? '') },
  { key: 'until', header: 'Valid until', text: ({ hit }) => hit.valid_until ?? '', cell: ({ hit }) => hit.valid_until && <Instant value={hit.valid_until} /> },
]

function Hit({ id, revoked }: { id: string; revoked: boolean }): ReactElement {
  return (
    <div className={styles['named']}>
      <Anchor component={Link} to={`/objects/${id}`}>
        {id}
      </Anchor>
      {revoked && <span className={styles['tag']}>Revoked</span>}
    </div>
  )
}

function LookUp(): ReactElement {
  const [text, setText] = useState('')
  const { outcome, error, isRunning, start, cancel } = useLookUp()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    start(valuesIn(text))
  }
  return (
    <Page
      title="Look up many"
      lead={`Up to ${MOST_LOOKED_UP.toLocaleString('en')} values, one a line: hashes, addresses, domains, URLs, names. What you ask for is answered and forgotten.`}
    >
      <Panel title="Values">
        <form onSubmit={submit}>
          <Stack gap="sm">
            <ValueBox text={text} onText={setText} />
            <Group justify="flex-end">
              {isRunning && (
                <Button variant="default" onClick={cancel}>
                  Cancel
                </Button>
              )}
              <Button type="submit" loading={isRunning} disabled={text.trim() === ''} leftSection={<Icon name="search" size={16} />}>
                Look them up
              </Button>
            </Group>
          </Stack>
        </form>
      </Panel>
      <ProblemAlert error={error} />
      {outcome && <Results outcome={outcome} isRunning={isRunning} />}
    </Page>
  )
}

function useLookUp() {
  const [outcome, setOutcome] = useState<Outcome>()
  const [error, setError] = useState<Error | null>(null)
  const [running, setRunning] = useState<AbortController>()
  const last = useRef<AbortController>(undefined)
  useEffect(() => () => last.current?.abort(), [])
  const start = (values: readonly string[]) => {
    const controller = new AbortController()
    last.current = controller
    setRunning(controller)
    setError(null)
    lookUpAll(values, setOutcome, controller.signal)
      .catch((cause: unknown) => {
        if (!controller.signal.aborted) setError(cause as Error)
      })
      .finally(() => setRunning(undefined))
  }
  return { outcome, error, isRunning: running !== undefined, start, cancel: () => running?.abort() }
}

function ValueBox({ text, onText }: { text: string; onText: (text: string) => void }): ReactElement {
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const take = async (file: File | undefined) => {
    if (file) onText(await file.text())
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    void take(event.dataTransfer.files[0])
  }
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    void take(event.currentTarget.files?.[0])
    event.currentTarget.value = ''
  }
  const dragOver = (event: DragEvent) => {
    event.preventDefault()
    setOver(true)
  }
  return (
    <div className={styles['box']} data-over={over || undefined} onDragOver={dragOver} onDragLeave={() => setOver(false)} onDrop={drop}>
      <Textarea
        label="One a line"
        rows={8}
        spellCheck={false}
        classNames={{ input: styles['mono'] ?? '' }}
        value={text}
        onChange={(event) => onText(event.currentTarget.value)}
      />
      <Group justify="space-between" mt={6}>
        <Text size="sm" c="dimmed">
          You can also drop a file of values on the box.
        </Text>
        <Button variant="default" size="compact-sm" leftSection={<Icon name="upload" size={14} />} onClick={() => input.current?.click()}>
          Choose a file
        </Button>
      </Group>
      <input ref={input} type="file" hidden accept=".txt,.csv,text/plain,text/csv" aria-label="File of values" onChange={choose} />
    </div>
  )
}

function Results({ outcome, isRunning }: { outcome: Outcome; isRunning: boolean }): ReactElement {
  const { asked, answered, named, faults, rows } = outcome
  const words = `${named.toLocaleString('en')} of ${answered.toLocaleString('en')} values are named by objects that you can see`
  return (
    <Panel title="Answers" flush lead={<output>{isRunning ? `${answered.toLocaleString('en')} of ${asked.toLocaleString('en')} answered` : words}</output>}>
      {isRunning && <progress className={styles['bar']} max={asked} value={answered} aria-label="Values answered" />}
      {faults.length > 0 && (
        <Alert
          color="yellow"
          variant="light"
          role="none"
          m="md"
          icon={<Icon name="warning" />}
          title={faults.length === 1 ? 'One line could not be read' : `${faults.length.toLocaleString('en')} lines could not be read`}
        >
          {faults.slice(0, 20).map(({ line, error }) => (
            <div key={line}>
              Line {line}: {error}
            </div>
          ))}
        </Alert>
      )}
      <DataTable
        label="Look-up results"
        columns={COLUMNS}
        rows={rows}
        rowKey={({ key }) => key}
        tools={
          <Button
            variant="default"
            disabled={rows.length === 0}
            onClick={() =>
              download(
                'vedette-look-up.json',
                'application/json',
                JSON.stringify(
                  rows.map(({ value, kind, hit }) => ({ value, kind, ...hit })),
                  null,
                  2,
                ),
              )
            }
          >
            Export JSON
          </Button>
        }
        empty={
          <EmptyState icon="check" title={isRunning ? 'Nothing known so far' : 'None of these values is named by anything that you can see'}>
            That says nothing of what others see, and an object that is shared later names them later.
          </EmptyState>
        }
      />
    </Panel>
  )
}
