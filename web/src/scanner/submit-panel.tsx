import { Button, Checkbox, Stack, Text } from '@mantine/core'
import { useCallback, useRef, useState, type DragEvent, type ReactElement } from 'react'
import { MOST_SAMPLE_BYTES } from '#scanner/submissions/contract.ts'
import { formatSize } from '../ui/format-size.ts'
import { useSession } from '../session/session.ts'
import { useDraft } from '../ui/draft.ts'
import { Icon } from '../ui/icon.tsx'
import { Panel } from '../ui/panel.tsx'
import { OpeningChoice } from './opening-choice.tsx'
import { AS_USUAL, faultOf } from './opening-options.ts'
import { SubmitPage } from './submit-page.tsx'
import styles from './submit-panel.module.css'
import { reachesMembers, TLP_CHOICES, type Tlp } from './tlp.ts'
import { retryTransfer, startTransfers, type Conditions } from './transfers.ts'
import { TransferList } from './transfer-list.tsx'

const PRIVATE: Conditions = { tlp: 'AMBER+STRICT', share: false, opening: AS_USUAL }

/** Hands files in: first under which conditions, then the files. */
export function SubmitPanel(): ReactElement {
  const { person } = useSession()
  const { values: conditions, set } = useDraft('hand-in', PRIVATE)
  const fault = faultOf(conditions.opening)
  const again = useCallback((key: number) => retryTransfer(key, conditions), [conditions])
  return (
    <Panel title="Hand in files" lead="What you choose here holds for the files that you hand in next, or send again.">
      <div className={styles['columns']}>
        <Stack gap="md">
          <TlpChoice value={conditions.tlp} onChange={(tlp) => set({ tlp })} />
          <ShareChoice conditions={conditions} onChange={(share) => set({ share })} />
          <OpeningChoice opening={conditions.opening} onChange={(change) => set({ opening: { ...conditions.opening, ...change } })} />
        </Stack>
        <Stack gap="md">
          <DropZone onFiles={(files) => startTransfers(files, conditions, person.id)} fault={fault} />
          <TransferList onRetry={again} />
          <SubmitPage conditions={conditions} />
        </Stack>
      </div>
    </Panel>
  )
}

function TlpChoice({ value, onChange }: { value: Tlp; onChange: (tlp: Tlp) => void }): ReactElement {
  return (
    <fieldset className={styles['tlp']}>
      <legend>Who may learn what is found (TLP)</legend>
      {TLP_CHOICES.map(({ label, meaning }) => (
        <label key={label} className={styles['choice']}>
          <input type="radio" name="tlp" value={label} checked={value === label} onChange={() => onChange(label)} />
          <span className={styles['label']}>TLP:{label}</span>
          <span className={styles['meaning']}>{meaning}</span>
        </label>
      ))}
    </fieldset>
  )
}

function ShareChoice({ conditions: { tlp, share }, onChange }: { conditions: Conditions; onChange: (share: boolean) => void }): ReactElement {
  return (
    <Stack gap={6}>
      <Checkbox
        label="Share the verdict with the exchange"
        description="Publishes the file’s SHA-256, size and verdict, and an indicator for an exploit, to those whom the TLP allows. The file, its name and who handed it in are never shared. Without this, nothing is published."
        checked={share}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {share && !reachesMembers(tlp) && (
        <output>
          <Text size="sm" span>
            Under TLP:{tlp} no other member sees it. Choose AMBER or wider if others shall be warned.
          </Text>
        </output>
      )}
    </Stack>
  )
}

function DropZone({ onFiles, fault }: { onFiles: (files: File[]) => void; fault: string | undefined }): ReactElement {
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    if (fault === undefined) onFiles([...event.dataTransfer.files])
  }
  const dragOver = (event: DragEvent) => {
    event.preventDefault()
    setOver(true)
  }
  return (
    <div className={styles['drop']} data-over={over || undefined} onDragOver={dragOver} onDragLeave={() => setOver(false)} onDrop={drop}>
      <Icon name="scan" size={30} />
      <Text fw={600}>Drop files here</Text>
      <Text size="sm" c="dimmed" ta="center">
        Documents of any kind, also in archives, up to {formatSize(MOST_SAMPLE_BYTES)} each. They are stored sealed, read where nothing can be reached, and
        opened in machines that are thrown away.
      </Text>
      {fault !== undefined && (
        <Text size="sm" c="var(--vedette-bad)" role="alert">
          {fault}
        </Text>
      )}
      <Button leftSection={<Icon name="upload" size={16} />} disabled={fault !== undefined} onClick={() => input.current?.click()}>
        Choose files
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        aria-label="Files to scan"
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])])
          // The same file may be chosen again.
          event.currentTarget.value = ''
        }}
      />
    </div>
  )
}
