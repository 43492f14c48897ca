import { Alert, Anchor, Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useEffect, type FormEvent, type ReactElement } from 'react'
import { PackageView } from '#program/packages/contract.ts'
import { put } from '../api/client.ts'
import { ApiProblem, asProblem } from '../api/problem.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { NotFoundPage } from '../shell/not-found-page.tsx'
import { hasDraft, useDraft } from '../ui/draft.ts'
import { Icon } from '../ui/icon.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { EditFilesPanel } from './edit-files-panel.tsx'
import { EditBulletin } from './edit-bulletin.tsx'
import { EditCredit } from './edit-credit.tsx'
import { editDraftName, editDraftOf, editedContent, isChanged, shownFields, type EditDraft } from './edit-draft.ts'
import { EditGuidance } from './edit-guidance.tsx'
import styles from './edit-package-page.module.css'
import { EditPermittedUse } from './edit-permitted-use.tsx'
import { EditProducts } from './edit-products.tsx'
import { EditRules } from './edit-rules.tsx'
import { EditSamples } from './edit-samples.tsx'
import { EditSharingGroup } from './edit-sharing-group.tsx'
import { EditVulnerabilities } from './edit-vulnerabilities.tsx'
import { EditWords } from './edit-words.tsx'
import { packageQuery, packagesQuery, shortName, type Package } from './packages.ts'

/** Where an author completes a draft. */
export function EditPackagePage(): ReactElement {
  return (
    <OnlyWith verb="package.edit">
      <EditPackage />
    </OnlyWith>
  )
}

function EditPackage(): ReactElement {
  const { id } = useParams({ from: '/signed-in/packages/$id/edit' })
  const found = useQuery(packageQuery(id))
  if (found.error instanceof ApiProblem && (found.error.code === 'NOT_FOUND' || found.error.code === 'VALIDATION_FAILED')) return <NotFoundPage />
  const draft = found.data && editDraftOf(found.data)
  return (
    <Page
      title={found.data ? `Edit ${shortName(found.data)}` : 'Edit a package'}
      documentTitle="Edit a package"
      lead={
        <Anchor component={Link} to={`/packages/${id}`} size="sm">
          Back to the package
        </Anchor>
      }
    >
      {found.isPending && <Skeleton height={240} />}
      <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
      {found.data && !(draft && found.data.state === 'draft') && <NotEditable />}
      {found.data && draft && found.data.state === 'draft' && <EditForm key={id} version={found.data} start={draft} />}
    </Page>
  )
}

function NotEditable(): ReactElement {
  return (
    <Alert color="yellow" variant="light" icon={<Icon name="warning" />} title="It cannot be edited now">
      Only a draft is changed. Whoever has it in review can return it to its authors. What you typed before is kept in this tab.
    </Alert>
  )
}

function EditForm({ version, start }: { version: Package; start: EditDraft }): ReactElement {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const name = editDraftName(version.id)
  const { values, set, restart } = useDraft<EditDraft>(name, start)
  const save = useMutation({
    mutationFn: () => put(PackageView, `/api/packages/${version.id}/content`, { contentHash: values.base, content: editedContent(version, values) }),
    onSuccess: async (saved) => {
      queries.setQueryData(packageQuery(version.id).queryKey, saved)
      restart(editDraftOf(saved) ?? start)
      await navigate({ to: `/packages/${version.id}` })
      await queries.invalidateQueries({ queryKey: packagesQuery.queryKey, exact: true })
    },
    onError: () => queries.invalidateQueries({ queryKey: packageQuery(version.id).queryKey, exact: true }),
  })
  const overtaken = values.base !== version.contentHash
  const changed = isChanged(version, values)
  const discard = () => {
    save.reset()
    restart(start)
  }
  // Where nothing was typed, the form shows what somebody else saved meanwhile.
  useEffect(() => {
    if (overtaken && !hasDraft(name)) restart(start)
  }, [overtaken, name, restart, start])
  /** One's own change of the files is no reason to doubt what one types. */
  const rebase = (after: Package) => {
    if (hasDraft(name) && !overtaken) set({ base: after.contentHash! })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  const asOne = { values, set, error: save.error }
  return (
    <form onSubmit={submit}>
      <Stack>
        {overtaken && changed && <Overtaken id={version.id} onKeep={() => set({ base: version.contentHash! })} onDiscard={discard} />}
        <Panel title="What it says">
          <EditWords {...asOne} />
        </Panel>
        <Panel title="Bulletin" lead="What the advisory says in words, and where more is said.">
          <EditBulletin {...asOne} />
        </Panel>
        <Panel title="Vulnerabilities" lead="What is wrong, how bad it is, how it is reached and what helps against it.">
          <EditVulnerabilities {...asOne} />
        </Panel>
        <Panel title="Products">
          <EditProducts {...asOne} />
        </Panel>
        <Panel title="Detection guidance" lead="How to recognise an attack, one entry for each kind of sensor. Markdown; shown without any HTML.">
          <EditGuidance {...asOne} />
        </Panel>
        <Panel title="Draft rules" lead="Detections that nobody but their author has tested.">
          <EditRules {...asOne} />
        </Panel>
        <Panel title="Samples" lead="Files to test a detection with, by their digests.">
          <EditSamples {...asOne} attachments={version.content.attachments ?? []} />
        </Panel>
        <Panel title="Finders" lead="Members are told who found it with the release, unless the finders agree to more.">
          <EditCredit {...asOne} />
        </Panel>
        <Panel title="Permitted use" lead="What members may do with it before the release. What is not allowed here is forbidden.">
          <EditPermittedUse {...asOne} />
        </Panel>
        <Panel title="Sharing group" lead="The closed group of CSAF 2.1 within which members may share it before the release.">
          <EditSharingGroup {...asOne} />
        </Panel>
        {(['attachments', 'proof-of-concept'] as const).map((part) => (
          <EditFilesPanel key={part} part={part} version={version} onChanged={rebase} />
        ))}
        <ProblemAlert error={overtaken && isConflict(save.error) ? null : save.error} shownFields={shownFields(values)} />
        <Group className={styles['bar']} justify="space-between">
          <Text size="sm" c="dimmed" component="output">
            {changed ? 'Not saved yet. What you typed is kept in this tab, over a reload too.' : 'Everything is saved.'}
          </Text>
          <Group gap="xs">
            <Button variant="default" onClick={discard} disabled={!changed || save.isPending}>
              Discard changes
            </Button>
            <Button type="submit" loading={save.isPending} disabled={overtaken || !changed}>
              Save
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  )
}

function isConflict(error: unknown): boolean {
  return error !== null && asProblem(error).code === 'PRECONDITION_FAILED'
}

interface OvertakenProps {
  readonly id: string
  readonly onKeep: () => void
  readonly onDiscard: () => void
}

/** Somebody else saved first: nothing typed is lost, and nobody's words are overwritten unseen. */
function Overtaken({ id, onKeep, onDiscard }: OvertakenProps): ReactElement {
  return (
    <Alert color="orange" variant="light" role="alert" icon={<Icon name="warning" />} title="The package changed since you began">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          Somebody saved other words meanwhile. What you typed is still below and was not saved.{' '}
          <Anchor href={`/packages/${id}`} target="_blank" inherit>
            Read the package as it is now
          </Anchor>{' '}
          (in another tab), then decide.
        </Text>
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={onKeep}>
            Put what I typed over it
          </Button>
          <Button size="compact-sm" variant="default" onClick={onDiscard}>
            Discard what I typed
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}
