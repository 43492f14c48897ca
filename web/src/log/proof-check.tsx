import { Button, Group, Paper, Skeleton, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { Icon, type IconName } from '../ui/icon.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { checkProof, type Step } from './check-proof.ts'
import styles from './leaf-drawer.module.css'
import type { Proof } from './leaves.ts'

const MARK: Readonly<Record<Step['outcome'], { icon: IconName; word: string }>> = {
  good: { icon: 'check', word: 'Holds' },
  bad: { icon: 'cross', word: 'Fails' },
  unknown: { icon: 'question', word: 'Not checked' },
}

interface ProofCheckProps {
  readonly index: number
  readonly proof: Proof
  readonly onAgain: () => void
}

/** The proof of one leaf, checked in this browser step by step. */
export function ProofCheck({ index, proof, onAgain }: ProofCheckProps): ReactElement {
  const check = useQuery({ queryKey: ['proof-check', index, proof], queryFn: () => checkProof(proof, index), gcTime: 0, retry: false })
  return (
    <Paper withBorder p="sm" component="section" aria-labelledby="proof-check">
      <Group justify="space-between" mb={4}>
        <Title order={3} id="proof-check">
          Proof, checked in this browser
        </Title>
        <Button variant="default" size="compact-sm" onClick={onAgain}>
          Check again
        </Button>
      </Group>
      {check.isPending && <Skeleton height={120} />}
      <ProblemAlert error={check.error} />
      {check.data && <Verdict steps={check.data} />}
      <ol className={styles['steps']}>
        {check.data?.map((step) => (
          <StepItem key={step.name} step={step} />
        ))}
      </ol>
    </Paper>
  )
}

function Verdict({ steps }: { steps: readonly Step[] }): ReactElement {
  const outcome = steps.some((step) => step.outcome === 'bad') ? 'bad' : steps.some((step) => step.outcome === 'unknown') ? 'unknown' : 'good'
  const says = {
    good: 'This entry is in the log exactly as shown.',
    bad: 'This entry does not fit the log. Do not rely on it; tell an auditor, and run vedette log verify on the server.',
    unknown: 'Not everything could be checked here.',
  }[outcome]
  return (
    <output className={styles['verdict']} data-outcome={outcome} data-testid="proof-verdict">
      <span className={styles['mark']}>
        <Icon name={MARK[outcome].icon} size={20} />
      </span>
      {says}
    </output>
  )
}

function StepItem({ step }: { step: Step }): ReactElement {
  const mark = MARK[step.outcome]
  return (
    <li className={styles['step']} data-outcome={step.outcome}>
      <span className={styles['mark']}>
        <Icon name={mark.icon} size={20} />
      </span>
      <div>
        <Text fw={600} size="sm">
          {step.name}: {mark.word.toLowerCase()}
        </Text>
        <Text size="sm">{step.says}</Text>
        {step.values.map(([label, value]) => (
          <div key={label} className={styles['value']}>
            {label}: <span className="mono break">{value}</span>
          </div>
        ))}
      </div>
    </li>
  )
}
