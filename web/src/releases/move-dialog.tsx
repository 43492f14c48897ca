import { Button, Checkbox, Group, NativeSelect, Skeleton, Stack, Text, Textarea } from '@mantine/core'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useDeferredValue, type FormEvent, type ReactElement } from 'react'
import { MovePreview, MoveView } from '#program/releases/moves/contract.ts'
import { create, post } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { shortName } from '../packages/packages.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { formatInZone } from '../ui/format-instant.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { CivilField } from './civil-field.tsx'
import { instantOf, NO_TIME, type CivilInput } from './civil-instant.ts'
import { CYCLES, type Cycle, type CyclePackage } from './cycles.ts'
import styles from './move-dialog.module.css'
import { MovePreviewView } from './move-preview.tsx'
import { releasesQuery, ruleName, TIER_NAME, WINDOW_TIERS, type Release, type WindowTier } from './releases.ts'

const INSTANTS = 'instants'
type Draft = Readonly<Record<WindowTier | 'release', CivilInput>> & {
  /** Null: all of the release. */
  readonly packages: readonly string[] | null
  /** Key of a release of the rule, or `instants`. */
  readonly target: string
  readonly zone: string
  readonly counted: boolean
  readonly reason: string
}
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]

export const moveDraft = (key: string) => `move-release-${key}`

interface MoveDialogProps {
  readonly cycle: Cycle
  readonly opened: boolean
  readonly onClose: () => void
}

/** Proposes to move a release, or packages of it, and shows every consequence while it is typed. */
export function MoveDialog({ cycle, opened, onClose }: MoveDialogProps): ReactElement {
  const { release } = cycle
  const queries = useQueryClient()
  const { values, set, clear } = useDraft<Draft>(moveDraft(release.key), emptyDraft(release))
  const wish = useDeferredValue(JSON.stringify(wishOf(release.key, values)))
  const preview = useQuery({
    queryKey: [...CYCLES, 'preview', wish],
    queryFn: () => post(MovePreview, '/api/releases/moves/preview', JSON.parse(wish) as unknown),
    enabled: opened && wish !== 'null',
    placeholderData: keepPreviousData,
    retry: false,
  })
  const propose = useMutation({
    mutationFn: () => create(MoveView, '/api/releases/moves', { ...wishOf(release.key, values), reason: values.reason }),
    onSuccess: async () => {
      clear()
      onClose()
      await queries.invalidateQueries({ queryKey: releasesQuery.queryKey })
    },
  })
  const close = () => {
    propose.reset()
    clear()
    onClose()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    propose.mutate()
  }
  const error = propose.error ?? preview.error
  return (
    <Dialog opened={opened} onClose={close} title="Move the release" size="xl">
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">Nothing moves until another publisher has read the same consequences and confirms them.</Text>
          <What cycle={cycle} values={values} set={set} />
          <To cycle={cycle} values={values} set={set} error={error} />
          <Textarea
            label="Reason"
            description="Kept sealed. Members are told that the date moved, and never why."
            required
            maxLength={2000}
            rows={2}
            resize="vertical"
            value={values.reason}
            error={fieldMessage(propose.error, '/reason')}
            onChange={(event) => set({ reason: event.currentTarget.value })}
          />
          <section className={styles['preview']} aria-label="Consequences" aria-busy={preview.isFetching}>
            {wish === 'null' && <Text size="sm">Enter the new instants to see every consequence here.</Text>}
            {wish !== 'null' && preview.isPending && <Skeleton height={160} />}
            {preview.data && !preview.isError && <MovePreviewView preview={preview.data} />}
          </section>
          <ProblemAlert error={error} shownFields={['/reason']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close} disabled={propose.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={propose.isPending} disabled={!preview.data || preview.isError || preview.isPlaceholderData}>
              Propose the move
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

function emptyDraft({ zone }: Release): Draft {
  const times = { validate: NO_TIME, advance: NO_TIME, entry: NO_TIME, release: NO_TIME }
  return { packages: null, target: INSTANTS, zone, counted: true, reason: '', ...times }
}

/** Undefined while one of the times means no instant, or no package is chosen. */
function wishOf(key: string, { packages, target, zone, counted, ...times }: Draft): object | null {
  if (packages?.length === 0) return null
  if (target !== INSTANTS) return { release: key, packages, to: { kind: 'release', release: target } }
  const instant = instantOf(times.release, zone)
  const [validate, advance, entry] = WINDOW_TIERS.map((tier) => instantOf(times[tier], zone))
  const windows = validate !== undefined && advance !== undefined && entry !== undefined ? { validate, advance, entry } : null
  if (instant === undefined || (!counted && windows === null)) return null
  return { release: key, packages, to: { kind: INSTANTS, zone, instant, windows: counted ? null : windows } }
}

interface PartProps {
  readonly cycle: Cycle
  readonly values: Draft
  readonly set: (change: Partial<Draft>) => void
}

/** Package's own name in short. */
export function packageName({ id, title }: Pick<CyclePackage, 'id' | 'title'>): string {
  return shortName({ id, title, bulletin: null })
}

function What({ cycle: { packages }, values, set }: PartProps): ReactElement {
  const movable = packages.filter(({ state, here }) => state === 'scheduled' && here)
  const chosen = values.packages ?? []
  return (
    <fieldset className={styles['choices']}>
      <legend>What moves</legend>
      <Checkbox
        label="All of the release, and what is still to be scheduled for it"
        checked={values.packages === null}
        onChange={(event) => set({ packages: event.currentTarget.checked ? null : [] })}
      />
      {values.packages !== null &&
        movable.map((one) => (
          <Checkbox
            key={one.id}
            label={`${packageName(one)}, version ${one.version}`}
            checked={chosen.includes(one.id)}
            onChange={(event) => set({ packages: event.currentTarget.checked ? [...chosen, one.id] : chosen.filter((id) => id !== one.id) })}
          />
        ))}
      {values.packages !== null && movable.length === 0 && <Text size="sm">No package is scheduled for it.</Text>}
    </fieldset>
  )
}

function To({ cycle: { release }, values, set, error }: PartProps & { error: unknown }): ReactElement {
  const releases = useQuery(releasesQuery)
  const others = (releases.data ?? []).filter(({ kind, key }) => kind === 'rule' && key !== release.key)
  const at = ({ instant, zone }: Release) => formatInZone(Date.parse(instant), zone)
  const field = (name: WindowTier | 'release', label: string, pointer: string) => (
    <CivilField
      key={name}
      label={label}
      zone={values.zone}
      value={values[name]}
      error={fieldMessage(error, pointer)}
      onChange={(value) => set({ [name]: value })}
    />
  )
  return (
    <>
      <NativeSelect
        label="Where to"
        data={[{ value: INSTANTS, label: 'Other instants' }, ...others.map((one) => ({ value: one.key, label: `${ruleName(one)}, ${at(one)}` }))]}
        value={values.target}
        error={fieldMessage(error, '/to/release')}
        onChange={(event) => set({ target: event.currentTarget.value })}
      />
      {values.target === INSTANTS && (
        <>
          <NativeSelect
            label="Zone in which you enter the times"
            data={ZONES}
            value={values.zone}
            error={fieldMessage(error, '/to/zone')}
            onChange={(event) => set({ zone: event.currentTarget.value })}
          />
          {field('release', 'Release', '/to/instant')}
          <Checkbox label="Count the windows back by the rule" checked={values.counted} onChange={(event) => set({ counted: event.currentTarget.checked })} />
          {!values.counted && WINDOW_TIERS.map((tier) => field(tier, `${TIER_NAME[tier]} window opens`, `/to/windows/${tier}`))}
        </>
      )}
    </>
  )
}
