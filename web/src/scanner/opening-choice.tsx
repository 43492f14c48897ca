import { Checkbox, NativeSelect, Radio, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import type { Egress } from '#scanner/detonation/contract.ts'
import { environmentsQuery } from '../detonation/detonations.ts'
import { NoEnvironments } from '../detonation/no-environments.tsx'
import { viewerWords } from '../detonation/words.ts'
import { faultOf, inOrder, LEAST_SECONDS, MOST_SECONDS, openingWords, secondsOf, type Opening } from './opening-options.ts'
import styles from './submit-panel.module.css'

interface OpeningChoiceProps {
  readonly opening: Opening
  readonly onChange: (change: Partial<Opening>) => void
}

const WAYS: Readonly<Record<Egress, { readonly label: string; readonly meaning: string }>> = {
  none: { label: 'Nothing', meaning: 'There is no network; what it asks for is recorded and refused. Nobody outside learns of it.' },
  simulated: { label: 'A simulated network', meaning: 'Every request gets a made answer, so that more of it acts. Nobody outside learns of it.' },
  direct: {
    label: 'The real network',
    meaning: 'Through the recording proxy, to public addresses only. Whoever runs the other side sees that somebody opens it.',
  },
  upstream: { label: 'The real network, by the upstream proxy', meaning: 'As above, but the other side sees the address of the operator’s proxy.' },
}

/** How files are opened, folded away behind a sentence that says it. */
export function OpeningChoice({ opening, onChange }: OpeningChoiceProps): ReactElement {
  const fault = faultOf(opening)
  const [open, setOpen] = useState(fault !== undefined)
  return (
    <details className={styles['opening']} open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <strong>How files are opened</strong>
        <span className={styles['chosen']}>{fault ?? openingWords(opening)}</span>
      </summary>
      <Stack gap="md" mt="sm">
        <Where opening={opening} onChange={onChange} />
        {opening.where !== 'none' && (
          <>
            <NativeSelect
              label="Macros"
              data={[
                { value: 'both', label: 'On, and off where there is a reason' },
                { value: 'on', label: 'On only' },
                { value: 'off', label: 'Off only' },
              ]}
              description="They run without a question. What stays away without them was the macro’s doing."
              value={opening.macros}
              onChange={(event) => onChange({ macros: event.currentTarget.value as Opening['macros'] })}
            />
            <Reach egress={opening.egress} onChange={(egress) => onChange({ egress })} />
            <TextInput
              label="Longest time, in seconds"
              description={`From ${LEAST_SECONDS} to ${MOST_SECONDS}. Left empty, it stays open as long as something is pending, within the bound of its environment.`}
              inputMode="numeric"
              value={opening.mostSeconds}
              onChange={(event) => onChange({ mostSeconds: event.currentTarget.value })}
              error={secondsOf(opening) === null ? 'Not such a number' : undefined}
              maxLength={6}
            />
          </>
        )}
      </Stack>
    </details>
  )
}

function Where({ opening: { where, named }, onChange }: OpeningChoiceProps): ReactElement {
  const { data } = useQuery(environmentsQuery)
  const items = inOrder(data?.items ?? [])
  return (
    <Radio.Group label="Opened in" value={where} onChange={(value) => onChange({ where: value })}>
      <Stack gap={6} mt={4}>
        <Radio value="all" label="Every environment that opens its type" />
        <Radio value="named" label="Only these:" disabled={items.length === 0} />
        {where === 'named' && (
          <Checkbox.Group value={[...named]} onChange={(names) => onChange({ named: names })} aria-label="Environments">
            <div className={styles['environments']}>
              {items.map((environment) => (
                <Checkbox
                  key={environment.name}
                  value={environment.name}
                  label={viewerWords(environment)}
                  description={`${environment.name}, ${environment.os}${environment.age === 'older' ? ', the older version' : ''}`}
                />
              ))}
            </div>
          </Checkbox.Group>
        )}
        <Radio value="none" label="None: the static scan alone" />
        <NoEnvironments />
      </Stack>
    </Radio.Group>
  )
}

function Reach({ egress, onChange }: { egress: Egress; onChange: (egress: Egress) => void }): ReactElement {
  const { data } = useQuery(environmentsQuery)
  const permitted = data?.egress ?? ['none', 'simulated']
  return (
    <Radio.Group label="What it may reach meanwhile" value={egress} onChange={(value) => onChange(value)}>
      <Stack gap={8} mt={4}>
        {(['none', 'simulated', 'direct', 'upstream'] as const).map((way) => (
          <Radio key={way} value={way} label={WAYS[way].label} description={WAYS[way].meaning} disabled={!permitted.includes(way) && way !== egress} />
        ))}
        {permitted.length < 4 && (
          <Text size="sm" c="dimmed">
            What cannot be chosen is not permitted here: the operator settles that under “Machines”, whoever runs this Vedette by VEDETTE_EGRESS.
          </Text>
        )}
      </Stack>
    </Radio.Group>
  )
}
