import { Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import styles from './apply.module.css'
import type { Own } from './own-application.ts'

/** What the programme asked, the newest first. */
export function Rounds({ own }: { own: Pick<Own, 'rounds' | 'set'> }): ReactElement | null {
  if (own.rounds.length === 0) return null
  const titleOf = (id: string) => own.set.criteria.find((one) => one.id === id)?.title ?? id
  return (
    <Panel title="Questions to you">
      <Stack>
        {own.rounds.toReversed().map((round) => (
          <div key={round.askedAt}>
            <Text fw={600}>{round.about.map(titleOf).join(', ')}</Text>
            <Text className={styles['said']}>{round.question}</Text>
            <Text size="sm" c="dimmed" component="div">
              Asked at <Instant value={round.askedAt} />
              {round.answeredAt ? (
                <>
                  , answered at <Instant value={round.answeredAt} />
                </>
              ) : (
                ', waits for your answer'
              )}
            </Text>
          </div>
        ))}
      </Stack>
    </Panel>
  )
}
