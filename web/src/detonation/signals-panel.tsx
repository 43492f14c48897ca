import { Anchor, Group, Text, Title } from '@mantine/core'
import type { ReactElement } from 'react'
import { attackUrl } from '../scanner/findings.ts'
import { Panel } from '../ui/panel.tsx'
import { bySeverity, type DetonationReport, type SignalView } from './detonations.ts'
import styles from './detonation.module.css'
import { happeningWords } from './happening-words.ts'
import { WeightMark } from './weight-mark.tsx'
import { RANKS, seconds, WEIGHTS } from './words.ts'

const MOST_EVIDENCE = 5

/** What the rules say of it, the gravest first, each with the happenings that show it. */
export function SignalsPanel({ report: { signals, happenings } }: { report: DetonationReport }): ReactElement {
  return (
    <Panel title={signals.length === 0 ? 'Signals' : `Signals (${signals.length})`} lead={LEAD} flush>
      {signals.length === 0 ? (
        <Text p="md">No rule saw anything out of the ordinary in what was watched.</Text>
      ) : (
        <ol className={styles['list']}>
          {bySeverity(signals).map((signal, index) => (
            <Signal key={index} signal={signal} happenings={happenings} />
          ))}
        </ol>
      )}
    </Panel>
  )
}

const LEAD = 'When those who watched disagree, the host counts before the kernel, and the kernel before the guest.'

function Signal({ signal: { id, weight, rank, why, attack, shown_by: places }, happenings }: { signal: SignalView } & Pick<DetonationReport, 'happenings'>) {
  const shown = places.flatMap((place) => happenings[place] ?? [])
  return (
    <li className={styles['item']} data-weight={weight}>
      <Title order={3} className="break">
        {why}
      </Title>
      <Group gap="xs" mt={4}>
        <WeightMark weight={weight}>{WEIGHTS[weight].name}</WeightMark>
        <Text size="sm" span>
          {id}
        </Text>
        <Text size="sm" span title={RANKS[rank].meaning}>
          {RANKS[rank].name}: {RANKS[rank].meaning}
        </Text>
        {attack.map((technique) => (
          <Anchor key={technique} size="sm" href={attackUrl(technique)} target="_blank" rel="noopener noreferrer" underline="always">
            ATT&amp;CK {technique}
          </Anchor>
        ))}
      </Group>
      {shown.length > 0 && (
        <ul className={styles['evidence']}>
          {shown.slice(0, MOST_EVIDENCE).map((one, index) => (
            <li key={index}>
              <span className={styles['when']}>{seconds(one.t)}</span>
              <span className="mono break">{happeningWords(one).slice(0, 400)}</span>
            </li>
          ))}
          {shown.length > MOST_EVIDENCE && <li>and {shown.length - MOST_EVIDENCE} more, in the table of what happened</li>}
        </ul>
      )}
    </li>
  )
}
