import { Button, Group, Menu } from '@mantine/core'
import { useEffect, useRef, useState, type ReactElement } from 'react'
import { LeafView } from '#platform/audit/contract.ts'
import { getLines } from '../api/client.ts'
import { toCsv } from '../ui/csv.ts'
import { download } from '../ui/download.ts'
import { Icon } from '../ui/icon.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import type { Leaf, LeafFilter } from './leaves.ts'

type Format = 'csv' | 'jsonl'

/** Saves every entry that the filters let through; shows how far it is, and can be stopped. The log records the export. */
export function ExportLeaves({ filter }: { filter: LeafFilter }): ReactElement {
  const [count, setCount] = useState<number | undefined>()
  const [error, setError] = useState<unknown>()
  const running = useRef<AbortController>(undefined)
  useEffect(() => () => running.current?.abort(), [])
  const start = async (format: Format) => {
    const controller = new AbortController()
    running.current = controller
    setError(undefined)
    setCount(0)
    try {
      const leaves: Leaf[] = []
      for await (const leaf of getLines(LeafView, '/api/log/export', { ...filter }, controller.signal)) {
        leaves.push(leaf)
        if (leaves.length % 500 === 0) setCount(leaves.length)
      }
      save(format, leaves)
    } catch (failure) {
      if (!controller.signal.aborted) setError(failure)
    } finally {
      setCount(undefined)
    }
  }
  if (count !== undefined) {
    return (
      <Group gap="xs">
        <output>Exporting: {count} entries so far</output>
        <Button variant="default" onClick={() => running.current?.abort()}>
          Cancel
        </Button>
      </Group>
    )
  }
  return (
    <>
      <ProblemAlert error={error} />
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<Icon name="download" size={16} />}>
            Export
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => void start('csv')}>CSV, for a spreadsheet</Menu.Item>
          <Menu.Item onClick={() => void start('jsonl')}>JSON lines, complete</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  )
}

function save(format: Format, leaves: readonly Leaf[]): void {
  if (format === 'jsonl') return download('vedette-log.jsonl', 'application/jsonl', leaves.map((leaf) => `${JSON.stringify(leaf)}\n`).join(''))
  const header = ['Leaf', 'When (UTC)', 'Actor', 'Actor id', 'Action', 'Subject id', 'Leaf hash', 'Body']
  const rows = leaves.map(({ index, happenedAt, actor, action, subjectId, leafHash, body }) => [
    String(index),
    happenedAt,
    actor.name ?? '',
    actor.id ?? '',
    action,
    subjectId ?? '',
    leafHash,
    body,
  ])
  return download('vedette-log.csv', 'text/csv', toCsv(header, rows))
}
