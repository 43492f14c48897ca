import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { getFile } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { formatSize } from '../ui/format-size.ts'
import { Icon } from '../ui/icon.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark, type Tone } from '../ui/state-mark.tsx'
import styles from './application.module.css'
import type { View } from './applications.ts'
import { saveFile } from '../ui/download.ts'

type Evidence = View['evidence'][number]

/** Files that were handed in, each with what our scanner said of it. */
export function EvidenceList({ view, evidence }: { view: View; evidence: readonly Evidence[] }): ReactElement | null {
  if (evidence.length === 0) return null
  return (
    <ul className={styles['plain']}>
      {evidence.map((one) => (
        <li key={one.id} className={styles['entry']}>
          <File view={view} file={one} />
        </li>
      ))}
    </ul>
  )
}

function File({ view, file }: { view: View; file: Evidence }): ReactElement {
  const may = useMay()
  const [asking, setAsking] = useState(false)
  const { words, tone } = verdictOf(file)
  const open = useMutation({
    mutationFn: (acknowledged: boolean) => getFile(`/api/applications/${view.id}/evidence/${file.id}`, { acknowledged: String(acknowledged) }),
    onSuccess: (blob) => {
      saveFile(file.name, blob)
      setAsking(false)
    },
  })
  const offered = may('application.open-evidence') && (file.opens === 'freely' || file.opens === 'with-acknowledgement')
  return (
    <Stack gap={4}>
      <Group justify="space-between" gap="xs">
        <span className="break">
          {file.name}, {formatSize(file.size)}
        </span>
        <Group gap="xs">
          <StateMark tone={tone}>{words}</StateMark>
          {offered && (
            <Button
              size="compact-sm"
              variant="default"
              loading={open.isPending}
              onClick={() => (file.opens === 'freely' ? open.mutate(false) : setAsking(true))}
              aria-label={`Download ${file.name}`}
            >
              Download
            </Button>
          )}
        </Group>
      </Group>
      {file.opens === 'with-acknowledgement' && (
        <Alert color="red" variant="light" icon={<Icon name="warning" />} p="xs">
          <Text size="sm">{words}. Open it in a safe place only, if at all.</Text>
        </Alert>
      )}
      {!asking && <ProblemAlert error={open.error} />}
      <ConfirmDialog
        opened={asking}
        title="This file may be dangerous"
        confirm="I know; download it"
        pending={open.isPending}
        error={open.error}
        onConfirm={() => open.mutate(true)}
        onClose={() => setAsking(false)}
      >
        {words}: {file.name}. Do not open it on a machine that holds anything. That you downloaded it all the same is on record.
      </ConfirmDialog>
    </Stack>
  )
}

const EXPLOITS = {
  confirmed: 'Holds a confirmed exploit',
  attempted: 'Holds an attempted exploit',
  'technique-only': 'Holds active or deceptive content',
  'none-seen': 'Not read to the end',
} as const

function verdictOf({ scan, opens }: Evidence): { words: string; tone: Tone } {
  if (opens === 'scan-overdue') return { words: 'Scan overdue, asked for again', tone: 'bad' }
  if (!scan) return { words: 'Waits for our scanner', tone: 'waiting' }
  if (opens === 'freely') return { words: 'Scanned, nothing seen', tone: 'on' }
  return { words: scan.exploit ? EXPLOITS[scan.exploit] : 'Could not be scanned', tone: 'bad' }
}
