import { Button, CopyButton, Drawer, Group, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { Icon } from '../ui/icon.tsx'
import { Instant } from '../ui/instant.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SourceText } from '../ui/source-text.tsx'
import styles from './leaf-drawer.module.css'
import { proofQuery, type Proof } from './leaves.ts'
import { ProofCheck } from './proof-check.tsx'

/** One entry in full, with the check of its proof. */
export function LeafDrawer({ index, onClose }: { index: number | undefined; onClose: () => void }): ReactElement {
  return (
    <Drawer
      opened={index !== undefined}
      onClose={onClose}
      position="right"
      size="min(680px, 100vw)"
      title={index === undefined ? 'Leaf' : `Leaf ${index}`}
      lockScroll={false}
      transitionProps={{ duration: 100 }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {index !== undefined && <LeafDetail index={index} />}
    </Drawer>
  )
}

function LeafDetail({ index }: { index: number }): ReactElement {
  const proof = useQuery(proofQuery(index))
  if (proof.isPending) return <Skeleton height={300} />
  if (proof.isError) return <ProblemAlert error={proof.error} onRetry={() => void proof.refetch()} />
  const { leaf } = proof.data
  return (
    <Stack>
      <dl className={styles['facts']}>
        <dt>Action</dt>
        <dd className="mono">{leaf.action}</dd>
        <dt>When</dt>
        <dd>
          <Instant value={leaf.happenedAt} />
        </dd>
        <dt>Who</dt>
        <dd>
          {leaf.actor.name ?? (leaf.actor.id === null ? 'Vedette itself' : 'Unknown name')}
          {leaf.actor.id && <div className="mono break">{leaf.actor.id}</div>}
        </dd>
        <dt>Subject</dt>
        <dd className="mono break">{leaf.subjectId ?? 'None'}</dd>
      </dl>
      <ProofCheck key={index} index={index} proof={proof.data} onAgain={() => void proof.refetch()} />
      <Body body={leaf.body} />
      <Downloadable proof={proof.data} />
    </Stack>
  )
}

function Body({ body }: { body: string }): ReactElement {
  return (
    <section aria-labelledby="leaf-body">
      <Group justify="space-between" mb={6}>
        <Title order={3} id="leaf-body">
          What was recorded
        </Title>
        <CopyButton value={body} timeout={4000}>
          {({ copied, copy }) => (
            <Button variant="default" size="compact-sm" onClick={copy} leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}>
              {copied ? 'Copied' : 'Copy the exact text'}
            </Button>
          )}
        </CopyButton>
      </Group>
      <SourceText label="Text of the leaf, set out for reading" text={pretty(body)} />
    </section>
  )
}

/** Set out for reading; the exact text is what was hashed. */
function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2)
  } catch {
    return body
  }
}

function Downloadable({ proof }: { proof: Proof }): ReactElement {
  return (
    <section aria-labelledby="leaf-checkpoint">
      <Title order={3} id="leaf-checkpoint" mb={2}>
        Signed checkpoint
      </Title>
      <Text size="sm" c="dimmed" mb={6}>
        A C2SP signed note. Keep it: a later log that does not contain this root was rewritten.
      </Text>
      <SourceText label="Signed checkpoint, exact text" text={proof.checkpoint} />
    </section>
  )
}
