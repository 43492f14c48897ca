import { Alert, Button, Group, NativeSelect, Radio, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent, type ReactElement } from 'react'
import { Offered, RemoteView, type PUSHED_LABELS } from '#exchange/remotes/contract.ts'
import { post } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ChooseCollection } from './choose-collection.tsx'
import { caOf, LOGIN_FIELDS, LoginFields, loginOf, NO_LOGIN, type LoginValues } from './login-fields.tsx'
import { remotesQuery, typesOf, type OfferedRoot, type Remote } from './remotes.ts'
import { RULE_FIELDS, RulesFields, type RuleValues } from './rules-fields.tsx'

export const REMOTE_DRAFT = 'add-remote'

/** What is typed, but for what nobody may find in a browser's storage. */
interface Draft extends RuleValues {
  readonly url: string
  readonly direction: Remote['direction']
  readonly collection: string
}
const EMPTY: Draft = { url: '', direction: 'poll', collection: '', name: '', interval: '60', types: '', unmarked: 'AMBER', audience: 'CLEAR' }

/** A collection that the server offers, and how many bytes its root takes at a time. */
export interface Choice {
  readonly root: OfferedRoot
  readonly id: string
  readonly title: string
}

interface Props {
  readonly opened: boolean
  readonly onClose: () => void
  readonly collections: readonly { readonly id: string; readonly title: string }[]
}

type Step = 'server' | 'collection' | 'rules'
const TITLES: Readonly<Record<Step, string>> = {
  server: 'Add a remote server: 1 of 3, its address',
  collection: 'Add a remote server: 2 of 3, what is joined',
  rules: 'Add a remote server: 3 of 3, the rules',
}

/** Address and credentials, then one of the collections that the server offers to them, then the rules. */
export function AddRemoteDialog({ opened, onClose, collections }: Props): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft<Draft>(REMOTE_DRAFT, EMPTY)
  const [login, setLogin] = useState<LoginValues>(NO_LOGIN)
  const [step, setStep] = useState<Step>('server')
  const [choice, setChoice] = useState<Choice>()
  const discover = useMutation({
    mutationFn: () => post(Offered, '/api/remotes/discovery', { url: values.url, login: loginOf(login), ca: caOf(login) }),
    onSuccess: () => {
      setChoice(undefined)
      setStep('collection')
    },
  })
  const add = useMutation({
    mutationFn: () => post(RemoteView, '/api/remotes', wishOf(values, login, choice!)),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: remotesQuery.queryKey })
      close()
    },
  })
  const close = () => {
    discover.reset()
    add.reset()
    clear()
    setLogin(NO_LOGIN)
    setStep('server')
    setChoice(undefined)
    onClose()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (step === 'server') discover.mutate()
    else if (step === 'collection') setStep('rules')
    else add.mutate()
  }
  return (
    <Dialog opened={opened} onClose={close} title={TITLES[step]} size="xl" dismissible={step === 'server'}>
      <form onSubmit={submit}>
        <Stack>
          {step === 'server' && (
            <>
              <TextInput
                label="Address"
                description="Of the server, of its discovery or of an API root; https"
                placeholder="https://taxii.partner.example/taxii2/"
                required
                maxLength={2000}
                value={values.url}
                error={fieldMessage(discover.error, '/url')}
                onChange={(event) => set({ url: event.currentTarget.value })}
                data-autofocus
              />
              <LoginFields values={login} set={(change) => setLogin({ ...login, ...change })} error={discover.error} />
              <ProblemAlert error={discover.error} shownFields={['/url', ...LOGIN_FIELDS]} />
            </>
          )}
          {step === 'collection' && discover.data && (
            <>
              <Radio.Group label="What shall be done" value={values.direction} onChange={(direction) => set(directed(direction))}>
                <Stack gap="xs" mt={6}>
                  <Radio value="poll" label="Poll it into a collection of yours" />
                  <Radio value="push" label="Push from a collection of yours to it; another person has to confirm that" />
                </Stack>
              </Radio.Group>
              <ChooseCollection offered={discover.data.roots} direction={values.direction} choice={choice} onChoose={setChoice} />
              <NativeSelect
                label="Your collection"
                required
                data={[{ value: '', label: 'Choose a collection' }, ...collections.map(({ id, title }) => ({ value: id, label: title }))]}
                value={values.collection}
                onChange={(event) => set({ collection: event.currentTarget.value })}
              />
            </>
          )}
          {step === 'rules' && (
            <>
              <Text size="sm">
                <strong>{choice?.title}</strong> of <span className="mono break">{choice?.root.url}</span>
                {values.direction === 'poll' ? ' is polled into ' : ' is pushed to from '}
                <strong>{collections.find(({ id }) => id === values.collection)?.title}</strong>.
              </Text>
              <RulesFields direction={values.direction} values={values} set={set} error={add.error} />
              {values.direction === 'push' && (
                <Alert color="blue" variant="light">
                  This is a proposal: nothing leaves before another analyst or a publisher confirms it.
                </Alert>
              )}
              <ProblemAlert error={add.error} shownFields={RULE_FIELDS} />
            </>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} disabled={discover.isPending || add.isPending}>
              Cancel
            </Button>
            {step !== 'server' && (
              <Button variant="default" onClick={() => setStep(step === 'rules' ? 'collection' : 'server')} disabled={add.isPending}>
                Back
              </Button>
            )}
            <Button
              type="submit"
              loading={discover.isPending || add.isPending}
              disabled={step === 'server' ? values.url.trim() === '' : step === 'collection' ? !choice || values.collection === '' : values.name.trim() === ''}
            >
              {step === 'server' ? 'See what it offers' : step === 'collection' ? 'Next' : values.direction === 'poll' ? 'Add and poll' : 'Propose the push'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

/** The label means another thing in each direction, and begins where it is usual. */
function directed(direction: Draft['direction']): Partial<Draft> {
  return { direction, audience: direction === 'poll' ? 'CLEAR' : 'GREEN' }
}

function wishOf(values: Draft, login: LoginValues, { root, id, title }: Choice) {
  const place = { apiRoot: root.url, remoteCollection: id, remoteTitle: title, collection: values.collection, login: loginOf(login), ca: caOf(login) }
  const rules = { name: values.name, intervalMinutes: Number(values.interval), filters: { types: typesOf(values.types) } }
  if (values.direction === 'poll') return { ...place, ...rules, direction: 'poll' as const, unmarked: values.unmarked, audience: values.audience }
  const audience = values.audience as (typeof PUSHED_LABELS)[number]
  return { ...place, ...rules, direction: 'push' as const, audience, maxContentLength: root.maxContentLength }
}
