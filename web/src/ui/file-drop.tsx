import { Button, Group, Stack, Text } from '@mantine/core'
import { useRef, useState, type DragEvent, type ReactElement, type ReactNode } from 'react'
import styles from './file-drop.module.css'
import { formatSize } from './format-size.ts'
import { Icon } from './icon.tsx'
import type { Upload } from './use-upload.ts'

interface FileDropProps {
  /** What is wanted: "A CSAF 2.0 document". Names the control. */
  readonly label: string
  /** Words on the button, when not "Choose a file". */
  readonly choose?: string
  readonly accept?: string
  readonly upload: Upload
  /** What is done with the file. */
  readonly children?: ReactNode
}

/** A place to drop one file on, or to choose one by mouse or keyboard; shows how far its transfer is, and can cancel it. */
export function FileDrop({ label, choose = 'Choose a file', accept, upload, children }: FileDropProps): ReactElement {
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const take = (files: FileList | null) => {
    const [file] = files ?? []
    if (file && !upload.sending) upload.start(file)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    take(event.dataTransfer.files)
  }
  const dragOver = (event: DragEvent) => {
    event.preventDefault()
    setOver(true)
  }
  return (
    <div className={styles['drop']} data-over={over || undefined} onDragOver={dragOver} onDragLeave={() => setOver(false)} onDrop={drop}>
      {upload.sending ? (
        <Progress upload={upload} />
      ) : (
        <Group justify="space-between" gap="sm">
          <Stack gap={2} className={styles['words']}>
            <Text fw={600}>{label}</Text>
            {children && (
              <Text size="sm" c="dimmed" component="div">
                {children}
              </Text>
            )}
          </Stack>
          <Button variant="default" leftSection={<Icon name="upload" size={16} />} onClick={() => input.current?.click()}>
            {choose}
          </Button>
        </Group>
      )}
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        aria-label={label}
        onChange={(event) => {
          take(event.currentTarget.files)
          // The same file may be chosen again after it was mended.
          event.currentTarget.value = ''
        }}
      />
    </div>
  )
}

function Progress({ upload: { sending, cancel } }: { upload: Upload }): ReactElement | null {
  if (!sending) return null
  const { name, size, part } = sending
  const words = part >= 1 ? 'Sent; the server works on it' : `${Math.floor(part * 100)} % of ${formatSize(size)}`
  return (
    <Group justify="space-between" gap="sm">
      <Stack gap={4} className={styles['words']}>
        <Text fw={600} className="break">
          Sending {name}
        </Text>
        <progress className={styles['progress']} max={1} value={part} aria-label={`Sending ${name}`} />
        <output>
          <Text size="sm" c="dimmed" span>
            {words}
          </Text>
        </output>
      </Stack>
      <Button variant="default" onClick={cancel}>
        Cancel
      </Button>
    </Group>
  )
}
