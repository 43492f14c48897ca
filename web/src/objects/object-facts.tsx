import { Anchor, Stack } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { CopyText } from '../ui/copy-text.tsx'
import { SourceText } from '../ui/source-text.tsx'
import { TLP_MEANING } from './markings.ts'
import type { ObjectShown } from './objects.ts'
import { prettyPattern } from './pretty-pattern.ts'

/** What an object says, in words: texts, times and lists by their names; what has a form of its own further down. */
export function ObjectFacts({ shown: { id, type, places, object } }: { shown: ObjectShown }): ReactElement {
  const [newest] = places.flatMap(({ versions }) => versions[0] ?? [])
  const { pattern, pattern_type: language } = object
  return (
    <Stack gap="md">
      <Facts>
        <Fact name="Id">
          <CopyText label="Copy the id" text={id} />
        </Fact>
        <Fact name="Type">{type}</Fact>
        {newest && (
          <Fact name="Marking">
            {namesMarkings(object) ? '' : 'It names none and counts as '}TLP:{newest.tlp}. {TLP_MEANING[newest.tlp]}
          </Fact>
        )}
        {newest?.revoked && <Fact name="Standing">Revoked by its author</Fact>}
        {Object.entries(object).map(([name, value]) => SHOWN_ELSEWHERE.has(name) || <OneFact key={name} name={name} value={value} />)}
      </Facts>
      {typeof pattern === 'string' && (
        <SourceText
          label={language === 'stix' ? 'Pattern' : 'Pattern, in a language of its own'}
          text={language === 'stix' ? prettyPattern(pattern) : pattern}
        />
      )}
    </Stack>
  )
}

function namesMarkings({ object_marking_refs: refs, granular_markings: parts }: ObjectShown['object']): boolean {
  return [refs, parts].some((list) => Array.isArray(list) && list.length > 0)
}

const SHOWN_ELSEWHERE = new Set(['id', 'type', 'spec_version', 'pattern', 'object_marking_refs', 'granular_markings', 'revoked', 'extensions', 'lang'])

function OneFact({ name, value }: { name: string; value: unknown }): ReactNode {
  const words = name.replaceAll('_', ' ').replace(/ refs?$/, '')
  const shown = valueOf(value)
  return shown && <Fact name={words.charAt(0).toUpperCase() + words.slice(1)}>{shown}</Fact>
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/
const ID = /^[a-z][a-z0-9-]+--[0-9a-f-]{36}$/

function valueOf(value: unknown): ReactNode {
  if (typeof value === 'string') return textOf(value)
  if (typeof value === 'number' || typeof value === 'boolean') return value === true ? 'yes' : value === false ? 'no' : String(value)
  if (Array.isArray(value)) {
    const all = value as unknown[]
    if (all.every((one) => typeof one === 'string')) return all.slice(0, 50).map((one) => <div key={one}>{textOf(one)}</div>)
    return all.slice(0, 50).map((one, at) => <div key={at}>{pairsOf(one)}</div>)
  }
  return typeof value === 'object' && value !== null ? pairsOf(value) : null
}

function textOf(text: string): ReactNode {
  if (INSTANT.test(text)) return <Instant value={text} />
  if (ID.test(text)) {
    return (
      <Anchor component={Link} to={`/objects/${text}`} className="break">
        {text}
      </Anchor>
    )
  }
  return <span className="break">{text}</span>
}

/** A few names and values in one line: a hash, an outside reference, a phase of a kill chain. */
function pairsOf(value: unknown): ReactNode {
  if (typeof value !== 'object' || value === null) return String(value)
  const pairs = Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === 'string' || typeof inner === 'number' ? [`${name.replaceAll('_', ' ')}: ${inner}`] : [],
  )
  return <span className="break">{pairs.join(' · ')}</span>
}
