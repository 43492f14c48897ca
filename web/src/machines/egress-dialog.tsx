import { Button, Checkbox, Group, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { EgressSettings } from '#scanner/egress-settings/contract.ts'
import { put } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { environmentsQuery } from '../detonation/detonations.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { egressQuery, formOf, wishOf, type EgressForm, type EgressLogin, type EgressView } from './egress.ts'

export const EGRESS_DRAFT = 'egress'

/** Settles what submissions may reach; what is typed stays until it was taken, but for the password. */
export function EgressDialog({ settings, onClose }: { settings: EgressView; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, restart } = useDraft(EGRESS_DRAFT, formOf(settings))
  const [login, setLogin] = useState<EgressLogin>({ kind: settings.upstream?.hasLogin ? 'kept' : 'none', user: '', password: '' })
  const close = () => {
    restart(formOf(settings))
    onClose()
  }
  const save = useMutation({
    mutationFn: () => put(EgressSettings, '/api/egress-settings', wishOf(values, login)),
    onSuccess: async (settled) => {
      queries.setQueryData(egressQuery.queryKey, settled)
      await queries.invalidateQueries({ queryKey: environmentsQuery.queryKey })
      restart(formOf(settled))
      onClose()
    },
  })
  return (
    <Dialog opened onClose={close} title="What submissions may reach" dismissible={!save.isPending}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate()
        }}
      >
        <Stack>
          <Checkbox
            label="The real network can be chosen"
            description="Whoever runs the other side sees that somebody opens what they sent, from the address of a worker."
            checked={values.direct}
            onChange={(event) => set({ direct: event.currentTarget.checked })}
          />
          <Checkbox
            label="An upstream proxy can be chosen"
            description="Requests leave by it, so that the other side sees its address and not that of a worker. It has to understand CONNECT."
            checked={values.upstream}
            onChange={(event) => set({ upstream: event.currentTarget.checked })}
          />
          {values.upstream && <Upstream {...{ values, set, login, setLogin, settings }} error={save.error} />}
          <Textarea
            label="Our own networks"
            description="One a line, such as 192.0.2.0/24. Nothing that is opened is ever let into them, nor into private and special addresses."
            value={values.networks}
            onChange={(event) => set({ networks: event.currentTarget.value })}
            error={fieldMessage(save.error, '/ownNetworks')}
            autosize
            minRows={3}
            maxRows={10}
          />
          {settings.mayReachOut === 'nobody' && (
            <Text size="sm">Whoever runs this Vedette permits nobody to choose the real network (VEDETTE_EGRESS): what you settle waits until they do.</Text>
          )}
          <ProblemAlert error={save.error} shownFields={['/ownNetworks', '/upstream/host', '/upstream/port', '/upstream/login']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close} disabled={save.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Settle it
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

interface UpstreamProps {
  readonly values: EgressForm
  readonly set: (change: Partial<EgressForm>) => void
  readonly login: EgressLogin
  readonly setLogin: (login: EgressLogin) => void
  readonly settings: EgressView
  readonly error: unknown
}

function Upstream({ values, set, login, setLogin, settings, error }: UpstreamProps): ReactElement {
  const kept = settings.upstream?.hasLogin === true && settings.upstream.host === values.host.trim() && String(settings.upstream.port) === values.port.trim()
  return (
    <Stack gap="sm" pl={28}>
      <Group align="start" grow preventGrowOverflow={false}>
        <TextInput
          label="Host of the proxy"
          value={values.host}
          onChange={(event) => set({ host: event.currentTarget.value })}
          error={fieldMessage(error, '/upstream/host')}
          maxLength={255}
          required
        />
        <TextInput
          label="Port"
          value={values.port}
          onChange={(event) => set({ port: event.currentTarget.value })}
          error={fieldMessage(error, '/upstream/port')}
          inputMode="numeric"
          maxLength={5}
          required
        />
      </Group>
      <Radio.Group label="How it knows us" value={login.kind === 'kept' && !kept ? 'none' : login.kind} onChange={(kind) => setLogin({ ...login, kind })}>
        <Group mt={4}>
          {kept && <Radio value="kept" label="By the login that is kept" />}
          <Radio value="none" label="Without a login" />
          <Radio value="new" label="By a new login" />
        </Group>
      </Radio.Group>
      {login.kind === 'new' && (
        <Group align="start" grow>
          <TextInput
            label="User"
            value={login.user}
            onChange={(event) => setLogin({ ...login, user: event.currentTarget.value })}
            error={fieldMessage(error, '/upstream/login')}
            autoComplete="off"
            required
          />
          <TextInput
            type="password"
            label="Password"
            value={login.password}
            onChange={(event) => setLogin({ ...login, password: event.currentTarget.value })}
            autoComplete="new-password"
            required
          />
        </Group>
      )}
    </Stack>
  )
}
