import { Button, Group, NativeSelect, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { Submission } from '#scanner/submissions/contract.ts'
import { post } from '../api/client.ts'
import { environmentsQuery } from '../detonation/detonations.ts'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { secondsOf } from './opening-options.ts'
import { submissionsQuery } from './submissions.ts'
import styles from './submit-panel.module.css'
import type { Conditions } from './transfers.ts'

const REACH = [
  { value: 'simulated', label: 'A simulated network' },
  { value: 'direct', label: 'The real network' },
  { value: 'upstream', label: 'By the upstream proxy' },
] as const
type Reach = (typeof REACH)[number]['value']

const MEANINGS: Readonly<Record<Reach, string>> = {
  simulated: 'Every request gets a made answer: nobody outside learns of it, and the page itself is not seen.',
  direct: 'Through the recording proxy, to public addresses only. Whoever runs the page sees that somebody opens it.',
  upstream: 'Through the recording proxy and the operator’s upstream proxy, whose address the page sees.',
}
const EMPTY: { readonly url: string; readonly egress: Reach } = { url: '', egress: 'simulated' }

/** Hands in the address of a page, under the conditions that are chosen beside it. */
export function SubmitPage({ conditions }: { conditions: Conditions }): ReactElement {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { data } = useQuery(environmentsQuery)
  const { values, set, clear } = useDraft('hand-in-page', EMPTY)
  const { url, egress } = values
  const { tlp, share, opening } = conditions
  const mostSeconds = secondsOf(opening)
  const submit = useMutation({
    mutationFn: () => post(Submission, '/api/submissions/pages', { url: url.trim(), egress, tlp, share, ...(mostSeconds && { mostSeconds }) }),
    onSuccess: async ({ id }) => {
      clear()
      await queries.invalidateQueries({ queryKey: submissionsQuery.queryKey, exact: true })
      await navigate({ to: '/scanner/$id', params: { id } })
    },
  })
  return (
    <form
      className={styles['page']}
      onSubmit={(event) => {
        event.preventDefault()
        submit.mutate()
      }}
    >
      <Text fw={600}>Or the address of a page</Text>
      <Group align="end">
        <TextInput
          label="Address"
          placeholder="https://"
          value={url}
          onChange={(event) => set({ url: event.currentTarget.value })}
          maxLength={4096}
          flex={1}
          miw={220}
        />
        <NativeSelect
          label="What it may reach"
          data={REACH.map((one) => ({ ...one, disabled: data !== undefined && !data.egress.includes(one.value) }))}
          value={egress}
          onChange={(event) => set({ egress: event.currentTarget.value as Reach })}
          miw={220}
        />
        <Button type="submit" loading={submit.isPending} disabled={url.trim() === '' || mostSeconds === null}>
          Open it
        </Button>
      </Group>
      <Text size="sm" c="dimmed">
        {MEANINGS[egress]}
      </Text>
      <ProblemAlert error={submit.error} />
    </form>
  )
}
