import { Button, Group, Text, UnstyledButton } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import type { HappeningOf } from '#scanner/detonation/contract.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { Panel } from '../ui/panel.tsx'
import type { DetonationReport } from './detonations.ts'
import styles from './pictures-panel.module.css'
import { RANKS, seconds } from './words.ts'

type Picture = HappeningOf<'picture'>

const FIRST = 24

/** Pages and screens as they looked; each opens large. */
export function PicturesPanel({ report: { happenings }, at }: { report: DetonationReport; at: string }): ReactElement | null {
  const [all, setAll] = useState(false)
  const [large, setLarge] = useState<number>()
  const pictures = happenings.filter((one): one is Picture => one.kind === 'picture').toSorted((a, b) => a.t - b.t || a.number - b.number)
  if (pictures.length === 0) return null
  const shown = all ? pictures : pictures.slice(0, FIRST)
  return (
    <Panel
      title={`Pictures (${pictures.length})`}
      lead="As it looked. What is written in them comes from the document: type no address from them, and call no number."
    >
      <ul className={styles['pictures']}>
        {shown.map((picture, index) => (
          <li key={index}>
            <UnstyledButton className={styles['picture']} onClick={() => setLarge(index)}>
              <img src={`${at}/pictures/${picture.sha256}`} alt="" loading="lazy" width={picture.width} height={picture.height} />
              <span>
                <span className="visually-hidden">Open large:</span> <strong>{nameOf(picture)}</strong> at {seconds(picture.t)}
              </span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {shown.length < pictures.length && (
        <Button variant="default" mt="md" onClick={() => setAll(true)}>
          Show all {pictures.length}
        </Button>
      )}
      {large !== undefined && <Large pictures={pictures} index={large} at={at} onIndex={setLarge} />}
    </Panel>
  )
}

function nameOf({ of, number }: Picture): string {
  return of === 'page' ? `Page ${number}` : `Screen ${number}`
}

interface LargeProps {
  readonly pictures: readonly Picture[]
  readonly index: number
  readonly at: string
  readonly onIndex: (index: number | undefined) => void
}

function Large({ pictures, index, at, onIndex }: LargeProps): ReactElement {
  const picture = pictures[index]!
  return (
    <Dialog opened onClose={() => onIndex(undefined)} title={`${nameOf(picture)}, ${index + 1} of ${pictures.length}`} size="min(1100px, 96vw)">
      <img className={styles['large']} src={`${at}/pictures/${picture.sha256}`} alt={`${nameOf(picture)} as it looked`} />
      <Group justify="space-between" mt="sm">
        <Text size="sm" c="dimmed">
          {seconds(picture.t)} after it was handed over, {picture.width} × {picture.height}. {RANKS[picture.rank].name}: {RANKS[picture.rank].meaning}.
        </Text>
        <Group gap="xs">
          <Button variant="default" disabled={index === 0} onClick={() => onIndex(index - 1)} leftSection={<Icon name="up" size={14} />}>
            Before
          </Button>
          <Button variant="default" disabled={index === pictures.length - 1} onClick={() => onIndex(index + 1)} leftSection={<Icon name="down" size={14} />}>
            Next
          </Button>
        </Group>
      </Group>
    </Dialog>
  )
}
