import { Button, Checkbox, NativeSelect, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { TLP_LABELS } from '#program/packages/contract.ts'
import { SEARCHED_TYPES } from '#exchange/search/contract.ts'
import { collectionsQuery } from '../collections/collections.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { Panel } from '../ui/panel.tsx'
import { NOTHING, type Question } from './search.ts'

interface FiltersProps {
  readonly question: Question
  readonly onChange: (question: Question) => void
}

/** What narrows a search; each takes effect as it is chosen, texts when they are left. */
export function SearchFilters({ question, onChange }: FiltersProps): ReactElement {
  const may = useMay()
  const operator = useSession().kind === 'operator'
  const collections = useQuery({ ...collectionsQuery, enabled: may('collection.list') })
  const set = (change: Partial<Question>) => onChange({ ...question, ...change })
  return (
    <Panel title="Narrow it">
      <Stack gap="sm">
        <Choice label="Type" value={question.type} any="Any type" options={SEARCHED_TYPES.map((type) => [type, type])} onChange={(type) => set({ type })} />
        <Choice
          label="Marking"
          value={question.tlp}
          any="Any marking"
          options={TLP_LABELS.map((tlp) => [tlp, `TLP:${tlp}`])}
          onChange={(tlp) => set({ tlp })}
        />
        {(collections.data?.length ?? 0) > 1 && (
          <Choice
            label="Collection"
            value={question.collection}
            any="All collections"
            options={collections.data!.map(({ id, title }) => [id, title])}
            onChange={(collection) => set({ collection })}
          />
        )}
        <Choice
          label="Standing"
          value={question.revoked}
          any="Standing or revoked"
          options={[
            ['false', 'Standing'],
            ['true', 'Revoked'],
          ]}
          onChange={(revoked) => set({ revoked })}
        />
        <Typed label="Label" value={question.label} onLeave={(label) => set({ label })} />
        <Typed
          label="Confidence at least"
          value={question.confidenceFrom}
          inputMode="numeric"
          onLeave={(text) => set({ confidenceFrom: text.replaceAll(/\D/g, '').slice(0, 3) })}
        />
        <Typed label="Added since (day in UTC)" type="date" value={question.addedFrom} onLeave={(addedFrom) => set({ addedFrom })} />
        <Typed label="Valid on (day in UTC)" type="date" value={question.validAt} onLeave={(validAt) => set({ validAt })} />
        <Checkbox
          label={operator ? 'Only what we published ourselves' : 'Only what we contributed'}
          checked={question.contributor === 'own'}
          onChange={(event) => set({ contributor: event.currentTarget.checked ? 'own' : '' })}
        />
        <Button variant="default" onClick={() => onChange(NOTHING)}>
          Clear everything
        </Button>
      </Stack>
    </Panel>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly value: string
  readonly any: string
  readonly options: readonly (readonly [value: string, label: string])[]
  readonly onChange: (value: string) => void
}

function Choice({ label, value, any, options, onChange }: ChoiceProps): ReactElement {
  const data = [{ value: '', label: any }, ...options.map(([one, name]) => ({ value: one, label: name }))]
  return <NativeSelect label={label} value={value} data={data} onChange={(event) => onChange(event.currentTarget.value)} />
}

interface TypedProps {
  readonly label: string
  readonly value: string
  readonly type?: 'date'
  readonly inputMode?: 'numeric'
  readonly onLeave: (value: string) => void
}

/** A text that is asked for once it is left or confirmed, not with every letter. */
function Typed({ label, value, onLeave, ...input }: TypedProps): ReactElement {
  const [text, setText] = useState(value)
  const [known, setKnown] = useState(value)
  // Cleared or chosen elsewhere.
  if (value !== known) {
    setKnown(value)
    setText(value)
  }
  const leave = () => {
    if (text !== value) onLeave(text)
  }
  return (
    <TextInput
      label={label}
      value={text}
      {...input}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={leave}
      onKeyDown={(event) => {
        if (event.key === 'Enter') leave()
      }}
    />
  )
}
