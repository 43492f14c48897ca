import { Alert, Button, NativeSelect, Radio, Stack, Text, TextInput, Title } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import type { FormEvent, ReactElement } from 'react'
import { Started } from '#program/membership/applications/contract.ts'
import { post } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { useDraft } from '../ui/draft.ts'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { programmesQuery } from './own-application.ts'

interface Start {
  readonly email: string
  readonly kind: string
  readonly operator: string
}

/** Where an application begins, and where a lost link is asked for again. */
export function StartForm(): ReactElement {
  const programmes = useQuery(programmesQuery)
  const { values, set } = useDraft<Start>('apply', { email: '', kind: 'vendor', operator: '' })
  const operators = programmes.data?.items ?? []
  const operator = values.operator || operators[0]?.operator.id
  const start = useMutation({ mutationFn: () => post(Started, '/api/applications/drafts', { email: values.email, kind: values.kind, operator }) })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    start.mutate()
  }
  return (
    <>
      <div>
        <Title order={1}>Apply for membership</Title>
        <Text c="dimmed" maw={720}>
          Members learn of vulnerabilities before the patch is out, so that their protections are there on the day. You need no account: the link that we mail
          you opens the form, and everything is saved as you type.
        </Text>
      </div>
      <Panel title="Begin, or come back">
        {start.isSuccess ? (
          <Alert color="teal" variant="light" title="Look into your mailbox">
            If mail can reach {values.email}, a link is on its way. It opens your application, the one you began or a new one. Nothing there? Look into the spam
            folder, and ask again in a quarter of an hour.
          </Alert>
        ) : (
          <form onSubmit={submit}>
            <Stack maw={520}>
              <Radio.Group label="Who applies" value={values.kind} onChange={(kind) => set({ kind })}>
                <Stack gap={6} mt={6}>
                  <Radio value="vendor" label="A vendor whose products protect users or detect threats" />
                  <Radio value="responder" label="A responder: a CERT, an enterprise’s response team, a government" />
                </Stack>
              </Radio.Group>
              {operators.length > 1 && (
                <NativeSelect
                  label="Programme"
                  value={operator}
                  data={operators.map((one) => ({ value: one.operator.id, label: one.operator.name }))}
                  onChange={(event) => set({ operator: event.currentTarget.value })}
                />
              )}
              <TextInput
                label="Mail address"
                description="Of your organisation, read by the people who answer for the application"
                type="email"
                autoComplete="email"
                required
                maxLength={320}
                value={values.email}
                error={fieldMessage(start.error, '/email')}
                onChange={(event) => set({ email: event.currentTarget.value })}
              />
              <ProblemAlert error={start.error ?? programmes.error} shownFields={['/email']} />
              <Button type="submit" loading={start.isPending} w="fit-content">
                Mail me the link
              </Button>
            </Stack>
          </form>
        )}
      </Panel>
      <Criteria kind={values.kind} operator={operator} />
    </>
  )
}

function Criteria({ kind, operator }: { kind: string; operator: string | undefined }): ReactElement | null {
  const programmes = useQuery(programmesQuery)
  const found = programmes.data?.items.find((one) => one.operator.id === operator)
  if (!found) return null
  const { criteria } = found.sets[kind === 'responder' ? 'responder' : 'vendor']
  return (
    <Panel
      title="What you will be asked"
      lead={`The criteria of ${found.operator.name}. One officer judges each, another decides, and you are told the reasons.`}
    >
      <Stack gap="sm" component="ol" m={0} pl="lg">
        {criteria.map((one) => (
          <li key={one.id}>
            <strong>{one.title}.</strong> {one.text}
            {one.need === 'recorded' && one.requiredFor.length === 0 && ' It is recorded, and keeps nobody out.'}
          </li>
        ))}
      </Stack>
    </Panel>
  )
}
