import { List, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import type { DecisionAct } from '#program/packages/decisions/contract.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { holdersQuery, type Holders } from './versions.ts'

/** What an act leads to, in words, with how many people and members it concerns. */
export function Consequences({ id, act, version }: { id: string; act: DecisionAct; version: number }): ReactElement {
  const holders = useQuery(holdersQuery(id))
  return (
    <>
      <ProblemAlert error={holders.error} onRetry={() => void holders.refetch()} />
      {holders.isPending && <Text>Counting who holds it …</Text>}
      {holders.data && (
        <List spacing={4}>
          {consequencesOf(act, version, whoHolds(holders.data)).map((text) => (
            <List.Item key={text}>{text}</List.Item>
          ))}
        </List>
      )}
    </>
  )
}

function whoHolds({ items }: Holders): string {
  const people = new Set(items.map(({ person }) => person.id)).size
  const members = new Set(items.map(({ organisation }) => organisation.id)).size
  if (people === 0) return 'Nobody'
  return `${people === 1 ? 'One person' : `${people} people`} of ${members === 1 ? 'one member' : `${members} members`}`
}

function consequencesOf(act: DecisionAct, version: number, who: string): readonly string[] {
  const holds =
    who === 'Nobody' ? 'Nobody holds anything of the package.' : `${who} ${who.startsWith('One') ? 'holds' : 'hold'} something of the package and will be told.`
  const sentences: Readonly<Record<DecisionAct, readonly string[]>> = {
    defer: [
      `Version ${version} leaves its release: no window of it opens, and members who read it now no longer can.`,
      'Its embargo remains, also after the instant of that release. Other packages of the release are not touched.',
      holds,
      'A publisher can put it on another release; what somebody holds is then revised, not changed.',
    ],
    pull: [
      'Access ends at once for everybody, downloads under way are cut, and earlier versions go with it.',
      holds,
      'What they have cannot be fetched back: each is asked to destroy it and to attest that. You see here who did.',
      'Nothing leads back. A corrected text begins as a new package.',
    ],
    withdraw: [
      `Version ${version} stays readable, marked as withdrawn, with its receipts, its terms and its history.`,
      'What is public stays public: no embargo comes back.',
      holds,
      'Nothing leads back. A corrected text begins as a new package.',
    ],
    'defer-cves': [
      `The vulnerabilities that version ${version} does not name any more stay under embargo when it is released.`,
      'The decision is about exactly what the version says now: an edit afterwards needs another one.',
      holds,
      'A package of their own can go on with them.',
    ],
  }
  return sentences[act]
}
