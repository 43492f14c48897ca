import { Alert, Button, Group, Stack, Text, Title, UnstyledButton } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState, type ReactElement } from 'react'
import { asProblem } from '../api/problem.ts'
import { Icon } from '../ui/icon.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import styles from './apply.module.css'
import { faultsIn, faultsOf, sectionsOf, type Section } from './form.ts'
import { ownQuery, sendOwn, STATES, type Own } from './own-application.ts'
import { Rounds } from './rounds.tsx'
import { SectionFields } from './section-fields.tsx'
import { useSaving, type Saving } from './use-saving.ts'
import { WithdrawButton } from './withdraw-button.tsx'

export interface OpenedProps {
  readonly token: string
  readonly own: Own
  readonly onChange: (own: Own) => void
  readonly onLeave: () => void
}

/** The form, a page at a time: before it is sent in, and while a question waits for the answer. */
export function ApplyForm({ token, own, onChange, onLeave }: OpenedProps): ReactElement {
  const saving = useSaving(token, own)
  const sections = sectionsOf(own.kind)
  const [at, setAt] = useState(0)
  const [tried, setTried] = useState(false)
  const faults = faultsOf(saving.form, own.kind)
  const send = useMutation({
    mutationFn: async () => sendOwn(token, own.state === 'clarifying' ? 'answer' : 'submit', await saving.flush()),
    onSuccess: onChange,
  })
  const section = sections[at]!
  const go = (to: number) => {
    setAt(to)
    scrollTo({ top: 0 })
  }
  const trySending = () => {
    setTried(true)
    if (faults.length === 0) send.mutate()
  }
  return (
    <>
      <Head own={own} saving={saving} />
      {own.state === 'clarifying' && <Rounds own={own} />}
      <SaveProblem token={token} saving={saving} />
      <div className={styles['form']}>
        <nav aria-label="Parts of the form">
          <ol className={styles['steps']}>
            {sections.map((one, index) => (
              <li key={one.id}>
                <UnstyledButton className={styles['step']} aria-current={index === at ? 'step' : undefined} onClick={() => go(index)}>
                  {one.title}
                  <Done section={one} faults={faults} own={own} />
                </UnstyledButton>
              </li>
            ))}
          </ol>
        </nav>
        <PartPanel key={section.id} title={section.title} focus={at > 0}>
          <Stack>
            <SectionFields {...{ section, token, own, saving, faults: tried ? faults : [], onChange }} />
            {section.id === 'send' && <Missing sections={sections} faults={faults} onGo={go} />}
            <ProblemAlert error={send.error} />
            <Group justify="space-between">
              {at > 0 ? (
                <Button variant="default" onClick={() => go(at - 1)}>
                  Back
                </Button>
              ) : (
                <span />
              )}
              {at < sections.length - 1 ? (
                <Button onClick={() => go(at + 1)}>Next: {sections[at + 1]!.title}</Button>
              ) : (
                <Button onClick={trySending} loading={send.isPending}>
                  {own.state === 'clarifying' ? 'Send the answer' : 'Send the application'}
                </Button>
              )}
            </Group>
            {tried && section.id === 'send' && faults.length > 0 && (
              <Text size="sm" role="alert">
                It was not sent: something is still missing, as the list above says.
              </Text>
            )}
          </Stack>
        </PartPanel>
      </div>
      <Foot {...{ token, own, saving, onChange, onLeave }} />
    </>
  )
}

function Head({ own, saving }: { own: Own; saving: Saving }): ReactElement {
  const { name, tone, next } = STATES[own.state]
  return (
    <div>
      <Group justify="space-between" align="flex-end">
        <Title order={1}>{own.renewalOf ? `Renewal of ${own.renewalOf}` : `Application to ${own.operator.name}`}</Title>
        <output aria-live="polite">
          <Text size="sm" c="dimmed" span>
            <SavedState saving={saving} />
          </Text>
        </output>
      </Group>
      <StateMark tone={tone}>{name}</StateMark>
      <Text c="dimmed" maw={720}>
        {next}
      </Text>
    </div>
  )
}

function SavedState({ saving }: { saving: Saving }): ReactElement {
  if (saving.state === 'saving') return <>Saving…</>
  if (saving.state === 'typing') return <>Not saved yet</>
  if (saving.state === 'failed') return <>Not saved</>
  return (
    <>
      Saved at <Instant value={saving.savedAt} />
    </>
  )
}

function SaveProblem({ token, saving }: { token: string; saving: Saving }): ReactElement | null {
  const queries = useQueryClient()
  const problem = saving.error ? asProblem(saving.error) : undefined
  if (!problem) return null
  if (problem.code !== 'CONFLICT') return <ProblemAlert error={problem} onRetry={() => void saving.flush().catch(() => undefined)} />
  const keepMine = async () => {
    const now = await queries.fetchQuery({ ...ownQuery(token), queryKey: ['own-application-version', token], staleTime: 0 })
    saving.adopt(now)
    await saving.flush().catch(() => undefined)
  }
  return (
    <Alert color="red" variant="light" role="alert" title="This form was saved in another window, too" icon={<Icon name="warning" />}>
      <Stack gap="xs">
        <Text size="sm">Nothing of either is lost yet. Keep what stands here, or load what the other window saved.</Text>
        <Group>
          <Button size="compact-sm" onClick={() => void keepMine()}>
            Keep what stands here
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => location.reload()}>
            Load the other
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}

function Done({ section, faults, own }: { section: Section; faults: ReturnType<typeof faultsOf>; own: Own }): ReactElement {
  if (section.id === 'evidence') return <Text size="xs" c="dimmed" span>{`${own.evidence.length} files`}</Text>
  const missing = faultsIn(faults, section).length
  if (missing === 0) return <Icon name="check" size={15} />
  return (
    <Text size="xs" c="dimmed" span>
      {missing} to do
    </Text>
  )
}

/** A page of the form; its heading takes the focus when one has moved to it. */
function PartPanel({ title, focus, children }: { title: string; focus: boolean; children: ReactElement }): ReactElement {
  const here = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!focus) return
    const heading = here.current?.querySelector('h2')
    heading?.setAttribute('tabindex', '-1')
    heading?.focus({ preventScroll: true })
  }, [focus])
  return (
    <div ref={here}>
      <Panel title={title}>{children}</Panel>
    </div>
  )
}

interface MissingProps {
  readonly sections: readonly Section[]
  readonly faults: ReturnType<typeof faultsOf>
  readonly onGo: (to: number) => void
}

function Missing({ sections, faults, onGo }: MissingProps): ReactElement {
  const open = sections.map((section, index) => ({ section, index, count: faultsIn(faults, section).length })).filter(({ count }) => count > 0)
  if (open.length === 0) return <Text>Everything is there. After sending, the answers can be changed only when we ask you a question.</Text>
  return (
    <div>
      <Text>Still to do before it can be sent:</Text>
      <ul>
        {open.map(({ section, index, count }) => (
          <li key={section.id}>
            <UnstyledButton td="underline" onClick={() => onGo(index)}>
              {section.title}
            </UnstyledButton>
            : {count === 1 ? 'one answer' : `${count} answers`}
          </li>
        ))}
      </ul>
    </div>
  )
}

function Foot({ token, own, saving, onChange, onLeave }: OpenedProps & { saving: Saving }): ReactElement {
  return (
    <Group justify="space-between">
      <Text size="sm" c="dimmed">
        The link in your mail brings you back; it works until <Instant value={own.expiresAt} />, and longer with each save.
      </Text>
      <Group gap="xs">
        <Button variant="subtle" size="compact-sm" onClick={() => void saving.flush().then(onLeave, () => undefined)}>
          Close on this computer
        </Button>
        <WithdrawButton {...{ token, own, onChange, onLeave }} version={saving.version} />
      </Group>
    </Group>
  )
}
