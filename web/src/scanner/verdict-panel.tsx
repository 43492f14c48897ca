import { List, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { joinedQuery } from '../detonation/detonations.ts'
import { Panel } from '../ui/panel.tsx'
import { Answer } from './answer.tsx'
import type { ScanResultView, SubmissionView } from './submissions.ts'
import { joinedWords, verdictSentence } from './verdict-words.ts'

/** The answer in one sentence, then why. */
export function VerdictPanel({ result, submission: { id, state, exploit } }: { result: ScanResultView; submission: SubmissionView }): ReactElement {
  const watched = state === 'done' && (result.behaviour.state === 'watched' || result.behaviour.state === 'in-part')
  const joined = useQuery({ ...joinedQuery(id), enabled: watched })
  const environments = joined.data?.environments ?? []
  const showed = environments.map((one) => one.showed)
  const { words, tone, icon } = joinedWords({ state, outcome: result.outcome, exploit, behaviour: result.behaviour }, showed)
  // What each environment came to stands below, by itself.
  const below = new Set(environments.map(({ said }) => said))
  const reasons = (joined.data?.reasons ?? (result.outcome === 'not-scanned' ? [] : result.verdict.reasons)).filter((reason) => !below.has(reason))
  return (
    <Panel title="Verdict">
      <Answer tone={tone} icon={icon} words={words} sentence={verdictSentence(result, exploit, showed)} />
      {result.outcome === 'not-scanned' ? (
        <Text mt="sm">Why: {result.reason.detail}.</Text>
      ) : (
        <List mt="sm" spacing={4} className="break">
          {reasons.map((reason) => (
            <List.Item key={reason}>{reason}</List.Item>
          ))}
        </List>
      )}
    </Panel>
  )
}

/** In the place of the verdict while there is none, and where there will be none. */
export function WaitingPanel({ submission: { state, failure }, scanned }: { submission: SubmissionView; scanned: boolean }): ReactElement {
  if (failure !== null && scanned)
    return (
      <Panel title="Not opened to its end">
        <Answer tone="unknown" icon="question" words="In part" sentence="What is said below rests on its bytes, and on what was seen by then." />
        <Text mt="sm">{failure.detail}</Text>
      </Panel>
    )
  if (failure !== null)
    return (
      <Panel title="Verdict">
        <Answer tone="unknown" icon="cross" words="Failed" sentence="There is no verdict: the scan failed." />
        <Text mt="sm">{failure.detail}</Text>
      </Panel>
    )
  return (
    <Panel title="Verdict">
      <output>
        <Answer
          tone="unknown"
          icon="clock"
          words={state === 'queued' ? 'Queued' : 'Scanning'}
          sentence={
            state === 'queued' ? 'The file waits to be scanned. This page goes on by itself.' : 'The file is being scanned. This page goes on by itself.'
          }
        />
      </output>
    </Panel>
  )
}
