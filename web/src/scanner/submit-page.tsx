import { Button, Group, Select, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { Submission } from '#scanner/submissions/contract.ts'
import { post } from '../api/client.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { submissionsQuery } from './submissions.ts'
import type { Conditions } from './transfers.ts'

const REACH = [
  { value: 'simulated', label: 'A simulated network: nobody outside learns of it' },
  { value: 'direct', label: 'The page itself, through the recording proxy' },
  { value: 'upstream', label: 'The page itself, through the operator’s upstream proxy' },
] as const
type Reach = (typeof REACH)[number]['value']

/** Hands in the address of a page, under the conditions that are chosen beside it. */
export function SubmitPage({ conditions }: { conditions: Conditions }): ReactElement {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [url, setUrl] = useState('')
  const [egress, setEgress] = useState<Reach>('simulated')
  const submit = useMutation({
    mutationFn: () => post(Submission, '/api/submissions/pages', { url: url.trim(), egress, ...conditions }),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: submissionsQuery.queryKey, exact: true })
      await navigate({ to: '/scanner/$id', params: { id } })
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit.mutate()
      }}
    >
      <Text fw={600}>Or the address of a page</Text>
      <Group align="end" mt={4}>
        <TextInput
          label="Address"
          placeholder="https://"
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          maxLength={4096}
          flex={1}
          miw={220}
        />
        <Select
          label="What it may reach"
          data={REACH.map((one) => ({ ...one }))}
          value={egress}
          onChange={(value) => setEgress(value ?? 'simulated')}
          allowDeselect={false}
          miw={220}
        />
        <Button type="submit" loading={submit.isPending} disabled={url.trim() === ''}>
          Open it
        </Button>
      </Group>
      <ProblemAlert error={submit.error} />
    </form>
  )
}
