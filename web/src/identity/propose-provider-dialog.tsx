import { Button, Checkbox, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent, type ReactElement } from 'react'
import { IdentityProvider, STRONG_AMR } from '#platform/auth/oidc/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { CopyText } from '../ui/copy-text.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { providersQuery } from './identity.ts'

interface Draft {
  readonly issuer: string
  readonly clientId: string
  readonly factors: 'amr' | 'acr' | 'none'
  readonly amr: readonly string[]
  readonly acr: string
  readonly vouched: boolean
  readonly subjectsByScim: boolean
}
const EMPTY: Draft = { issuer: '', clientId: '', factors: 'amr', amr: STRONG_AMR, acr: '', vouched: false, subjectsByScim: false }
const FACTORS = [
  { value: 'amr', label: 'More than one factor, as amr says (recommended)' },
  { value: 'acr', label: 'One of certain acr values' },
  { value: 'none', label: 'Nothing more: one factor is accepted' },
]
const AMR_MEANING: Readonly<Record<string, string>> = {
  mfa: 'several factors',
  hwk: 'a key in hardware',
  fido: 'FIDO',
  phr: 'resists phishing',
  phrh: 'resists phishing, in hardware',
}

/** Proposes which identity provider signs the organisation's people in. The client secret is kept in no draft. */
export function ProposeProviderDialog({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft<Draft>('identity-provider', EMPTY)
  const [secret, setSecret] = useState('')
  const propose = useMutation({
    mutationFn: () => create(IdentityProvider, '/api/identity-providers', bodyOf(values, secret)),
    onSuccess: async () => {
      close()
      await queries.invalidateQueries({ queryKey: providersQuery.queryKey })
    },
  })
  const close = () => {
    clear()
    setSecret('')
    propose.reset()
    onClose()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    propose.mutate()
  }
  const at = (field: string) => fieldMessage(propose.error, field)
  return (
    <Dialog opened={opened} onClose={onClose} title="Propose an identity provider" dismissible={!propose.isPending}>
      <form onSubmit={submit}>
        <Stack>
          <div>
            <Text size="sm">Register Vedette at your provider as a web application with this redirect address, then copy what it gives you.</Text>
            <CopyText label="Copy the redirect address" text={`${location.origin}/api/auth/oidc/callback`} />
          </div>
          <TextInput
            label="Issuer"
            description="Address of your provider, up to and without /.well-known"
            placeholder="https://login.example.org"
            required
            value={values.issuer}
            error={at('/body/issuer') ?? at('/issuer')}
            onChange={(event) => set({ issuer: event.currentTarget.value })}
          />
          <TextInput
            label="Client ID"
            required
            value={values.clientId}
            error={at('/body/clientId')}
            onChange={(event) => set({ clientId: event.currentTarget.value })}
          />
          <TextInput
            type="password"
            label="Client secret"
            description="Kept sealed and never shown again"
            required
            autoComplete="off"
            value={secret}
            onChange={(event) => setSecret(event.currentTarget.value)}
          />
          <RuleFields values={values} set={set} />
          <Checkbox
            label="The externalId that our directory sends by SCIM is the subject at this provider"
            checked={values.subjectsByScim}
            onChange={(event) => set({ subjectsByScim: event.currentTarget.checked })}
          />
          <ProblemAlert error={propose.error} shownFields={['/body/issuer', '/issuer', '/body/clientId']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} disabled={propose.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={propose.isPending}>
              Propose
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

function RuleFields({ values, set }: { values: Draft; set: (change: Partial<Draft>) => void }): ReactElement {
  return (
    <>
      <NativeSelect
        label="What a sign-in there has to show"
        data={FACTORS}
        value={values.factors}
        onChange={(event) => set({ factors: event.currentTarget.value as Draft['factors'], vouched: false })}
      />
      {values.factors === 'amr' && (
        <Checkbox.Group label="Accepted values of amr" value={[...values.amr]} onChange={(amr) => set({ amr })}>
          <Group mt={4} gap="md">
            {STRONG_AMR.map((value) => (
              <Checkbox key={value} value={value} label={`${value} (${AMR_MEANING[value]})`} />
            ))}
          </Group>
        </Checkbox.Group>
      )}
      {values.factors === 'acr' && (
        <TextInput
          label="Accepted values of acr"
          description="Separated by spaces"
          required
          value={values.acr}
          onChange={(event) => set({ acr: event.currentTarget.value })}
        />
      )}
      {values.factors !== 'amr' && (
        <Checkbox
          required
          label={
            values.factors === 'acr'
              ? 'I vouch that our provider gives these values only for sign-ins with more than one factor'
              : 'I vouch that our organisation accepts a sign-in with one factor for what is under embargo here'
          }
          checked={values.vouched}
          onChange={(event) => set({ vouched: event.currentTarget.checked })}
        />
      )}
    </>
  )
}

function bodyOf({ issuer, clientId, factors, amr, acr, vouched, subjectsByScim }: Draft, clientSecret: string) {
  const accepted = factors === 'amr' ? amr : factors === 'acr' ? acr.split(/\s+/).filter(Boolean) : []
  return { issuer, clientId, clientSecret, rule: { factors, accepted }, vouched, subjectsByScim }
}
