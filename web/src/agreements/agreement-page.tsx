import { Alert, Button, Skeleton, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { useSession } from '../session/session.ts'
import { NotFoundPage } from '../shell/not-found-page.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Icon } from '../ui/icon.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { AgreementText, VersionChanges, VersionFacts } from './agreement-text.tsx'
import { agreementsQuery, signatureState, type AccessView, type AgreementVersionView } from './agreements.ts'
import { DocumentButton } from './document-button.tsx'
import { SignDialog } from './sign-dialog.tsx'

/** What a member has agreed to with each of its operators, and what it is asked to sign. */
export function AgreementPage(): ReactElement {
  return (
    <OnlyWith verb="agreement.list">
      <OwnAgreement />
    </OnlyWith>
  )
}

function OwnAgreement(): ReactElement {
  const session = useSession()
  const found = useQuery({ ...agreementsQuery, enabled: session.kind === 'contact' })
  if (session.kind !== 'contact') return <NotFoundPage />
  return (
    <Page title="Agreement" lead={`What ${session.organisation.name} agrees to, so that it may read what is under embargo.`}>
      {found.isPending && <Skeleton height={240} />}
      <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
      {found.data?.access.map((access) => (
        <WithOperator key={access.operator.id} access={access} versions={found.data.items.filter(({ operator }) => operator.id === access.operator.id)} />
      ))}
    </Page>
  )
}

interface WithOperatorProps {
  readonly access: AccessView
  /** The newest first. */
  readonly versions: readonly AgreementVersionView[]
}

function WithOperator({ access, versions }: WithOperatorProps): ReactElement {
  const [newest] = versions
  const { operator, accepted } = access
  if (!newest) {
    return (
      <Panel title={`Agreement with ${operator.name}`} flush>
        <EmptyState icon="shield" title="No agreement yet">
          {operator.name} has not issued a text. Until it has and you have signed it, nothing under embargo can be read.
        </EmptyState>
      </Panel>
    )
  }
  return (
    <Stack>
      <Standing access={access} newest={newest} />
      {accepted !== null && accepted < newest.version && (
        <Panel title={`What changed since version ${accepted}`} lead="The version that you signed, compared line by line with the newest.">
          <VersionChanges from={accepted} to={newest.version} operator={operator.id} />
        </Panel>
      )}
      <Panel title={`Version ${newest.version}`} lead={`The text as ${operator.name} issued it.`}>
        <AgreementText version={newest.version} operator={operator.id} />
      </Panel>
      <Versions operator={operator} versions={versions} />
    </Stack>
  )
}

function Standing({ access, newest }: { access: AccessView; newest: AgreementVersionView }): ReactElement {
  const may = useMay()
  const session = useSession()
  const [signing, setSigning] = useState(false)
  const { operator } = access
  const { signature } = newest
  const signable = signature === null || signature.state === 'refused'
  const state = signatureState(signature)
  return (
    <Panel
      title={`Agreement with ${operator.name}`}
      actions={
        <>
          {signature?.document === true && may('agreement.read-signed') && (
            <DocumentButton version={newest.version} organisation={session.organisation.id} operator={operator.id} />
          )}
          {signable && may('agreement.sign') && (
            <Button onClick={() => setSigning(true)} leftSection={<Icon name="key" />}>
              Sign with passkey
            </Button>
          )}
        </>
      }
    >
      <Stack>
        <AccessNote access={access} newest={newest} />
        {signature?.state === 'refused' && (
          <Alert color="red" variant="light" icon={<Icon name="warning" />} title={`${operator.name} did not countersign`}>
            <Text size="sm" className="break">
              {signature.refusal}
            </Text>
          </Alert>
        )}
        <Facts>
          <Fact name="In force for you">{access.accepted === null ? 'None yet' : `Version ${access.accepted}`}</Fact>
          <Fact name={`Version ${newest.version}`}>
            <StateMark tone={state.tone}>{state.words}</StateMark>
          </Fact>
          {signature && (
            <Fact name="Signed">
              by {signature.signedBy}, <Instant value={signature.signedAt} />
            </Fact>
          )}
          {signature?.countersignedAt && (
            <Fact name="Countersigned">
              <Instant value={signature.countersignedAt} />
            </Fact>
          )}
        </Facts>
        <VersionFacts version={newest} />
        {signable && !may('agreement.sign') && <Text size="sm">An admin of your organisation can sign it.</Text>}
      </Stack>
      <SignDialog
        title={`Sign version ${newest.version}`}
        confirm="Sign with passkey"
        path={`/api/agreements/${newest.version}/signatures`}
        query={`?operator=${operator.id}`}
        opened={signing}
        onClose={() => setSigning(false)}
      >
        <Text>
          You sign for <strong>{session.organisation.name}</strong> that it agrees to version {newest.version} of the agreement with {operator.name}, exactly as
          it is shown on this page. It is in force once {operator.name} has countersigned.
        </Text>
        <VersionFacts version={newest} />
      </SignDialog>
    </Panel>
  )
}

/** Until when access continues, and what is to be done. */
function AccessNote({ access: { operator, entitled, until }, newest }: { access: AccessView; newest: AgreementVersionView }): ReactElement | null {
  const waits = newest.signature?.state === 'waits'
  const next = waits ? `${operator.name} has still to countersign.` : `Sign version ${newest.version}; ${operator.name} countersigns.`
  if (!entitled) {
    return (
      <Alert color="red" variant="light" icon={<Icon name="warning" />} title="Nothing under embargo can be read">
        {next}
      </Alert>
    )
  }
  if (until === null) return null
  return (
    <Alert color="yellow" variant="light" icon={<Icon name="clock" />} title="Access stops soon">
      What you have signed is in force until <Instant value={until} />. {next}
    </Alert>
  )
}

function Versions({ operator, versions }: { operator: AccessView['operator']; versions: readonly AgreementVersionView[] }): ReactElement {
  const may = useMay()
  const { organisation } = useSession()
  return (
    <Panel title="All versions" flush>
      <SimpleTable label={`Versions of the agreement with ${operator.name}`} headers={['Version', 'Issued', 'Required from', 'Your signature', '']}>
        {versions.map((version) => {
          const state = signatureState(version.signature)
          return (
            <Table.Tr key={version.version}>
              <Table.Td>{version.version}</Table.Td>
              <Table.Td>
                <Instant value={version.issuedAt} />
              </Table.Td>
              <Table.Td>
                <Instant value={version.acceptBy} />
              </Table.Td>
              <Table.Td>
                <StateMark tone={state.tone}>{state.words}</StateMark>
              </Table.Td>
              <Table.Td align="right">
                {version.signature?.document === true && may('agreement.read-signed') && (
                  <DocumentButton version={version.version} organisation={organisation.id} operator={operator.id} />
                )}
              </Table.Td>
            </Table.Tr>
          )
        })}
      </SimpleTable>
    </Panel>
  )
}
