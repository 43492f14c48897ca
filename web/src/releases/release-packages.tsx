import { Checkbox, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { packagesQuery, shortName, type Summary } from '../packages/packages.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import styles from './release-packages.module.css'
import type { Release } from './releases.ts'

/** One content of one version of a package: what two publishers decide about. */
export type NamedContent = Pick<Release['packages'][number], 'id' | 'version' | 'contentHash'>

/** What of the choice is still what the packages say: whoever chose other words chooses again. */
export function stillSaid(chosen: readonly NamedContent[], packages: readonly Summary[] | undefined): readonly NamedContent[] {
  return chosen.filter((named) => packages?.some((row) => isOffered(row) && isSame(row, named)))
}

const isOffered = ({ state, contentHash }: Summary) => contentHash !== null && (state === 'in-review' || state === 'approved')
const isSame = (one: Pick<Summary, 'id' | 'version' | 'contentHash'>, other: NamedContent) =>
  one.id === other.id && one.version === other.version && one.contentHash === other.contentHash

interface ChoosePackagesProps {
  readonly chosen: readonly NamedContent[]
  readonly error: string | undefined
  readonly onChange: (chosen: readonly NamedContent[]) => void
}

/** The packages that a release can be proposed for: those in review or approved. */
export function ChoosePackages({ chosen, error, onChange }: ChoosePackagesProps): ReactElement {
  const packages = useQuery(packagesQuery)
  const offered = packages.data?.filter(isOffered) ?? []
  const toggle = ({ id, version, contentHash }: Summary, checked: boolean) => {
    const others = chosen.filter((named) => named.id !== id)
    onChange(checked && contentHash !== null ? [...others, { id, version, contentHash }] : others)
  }
  return (
    <fieldset className={styles['packages']}>
      <legend>Packages</legend>
      <Text size="sm" c="dimmed">
        Only these can be put on the release, and only as they are now.
      </Text>
      {error !== undefined && (
        <Text c="var(--mantine-color-error)" size="sm">
          {error}
        </Text>
      )}
      {packages.isPending && <Skeleton height={60} />}
      <ProblemAlert error={packages.error} onRetry={() => void packages.refetch()} />
      {packages.isSuccess && offered.length === 0 && <EmptyState icon="package" title="No package is in review or approved" />}
      {offered.map((row) => (
        <Checkbox
          key={row.id}
          label={<PackageName title={shortName(row)} version={row.version} contentHash={row.contentHash!} />}
          checked={chosen.some((named) => isSame(row, named))}
          onChange={(event) => toggle(row, event.currentTarget.checked)}
        />
      ))}
    </fieldset>
  )
}

/** What an out-of-band release was decided for. */
export function ReleasePackages({ packages }: { packages: Release['packages'] }): ReactElement {
  return (
    <ul className={styles['list']} aria-label="For these packages only">
      {packages.map(({ id, version, contentHash, title }) => (
        <li key={id}>
          <PackageName
            title={title ?? `${shortName({ id, title: null, bulletin: null })}, which says something else by now`}
            version={version}
            contentHash={contentHash}
          />
        </li>
      ))}
    </ul>
  )
}

/** Enough of the hash to tell two contents apart; the title says it whole. */
function PackageName({ title, version, contentHash }: { title: string; version: number; contentHash: string }): ReactElement {
  return (
    <span className="break">
      <strong>{title}</strong>, version {version},{' '}
      <span className="mono nowrap" title={contentHash}>
        {contentHash.slice(0, 16)}…
      </span>
    </span>
  )
}
