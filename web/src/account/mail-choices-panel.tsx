import { Checkbox, Skeleton, Stack } from '@mantine/core'
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { MailChoiceList } from '#platform/notices/contract.ts'
import { get, put } from '../api/client.ts'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'

const choicesQuery = queryOptions({
  queryKey: ['mail-choices'],
  queryFn: async ({ signal }) => (await get(MailChoiceList, '/api/notices/mail-choices', {}, signal)).items,
})

/** Which notices a person gets by mail too; in the inbox they are in any case. */
export function MailChoicesPanel(): ReactElement {
  const queries = useQueryClient()
  const choices = useQuery(choicesQuery)
  const choose = useMutation({
    mutationFn: ({ kind, wanted }: { kind: string; wanted: boolean }) => put(MailChoiceList, `/api/notices/mail-choices/${kind}`, { wanted }),
    onSuccess: ({ items }) => queries.setQueryData(choicesQuery.queryKey, items),
  })
  return (
    <Panel title="Notices by mail" lead="They are in your inbox in any case. A mail says no more than here: sign in to see what it is about.">
      {choices.isPending && <Skeleton height={120} />}
      <ProblemAlert error={choices.error ?? choose.error} onRetry={() => void choices.refetch()} />
      <Stack gap="xs">
        {choices.data?.map(({ kind, text, wanted }) => (
          <Checkbox
            key={kind}
            label={text}
            checked={wanted}
            disabled={choose.isPending}
            onChange={(event) => choose.mutate({ kind, wanted: event.currentTarget.checked })}
          />
        ))}
      </Stack>
    </Panel>
  )
}
