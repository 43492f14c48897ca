import { Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { CopyText } from '../ui/copy-text.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { Markdown } from '../ui/markdown.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { agreementQuery, type AgreementVersionView } from './agreements.ts'
import { Changes } from '../ui/changes.tsx'

/** The words of one version. */
export function AgreementText({ version, operator }: { version: number; operator: string }): ReactElement {
  const text = useQuery(agreementQuery(version, operator))
  return (
    <>
      {text.isPending && <Skeleton height={240} />}
      <ProblemAlert error={text.error} onRetry={() => void text.refetch()} />
      {text.data && <Markdown text={text.data.text} />}
    </>
  )
}

/** What changed from one version to another. */
export function VersionChanges({ from, to, operator }: { from: number; to: number; operator: string }): ReactElement {
  const before = useQuery(agreementQuery(from, operator))
  const after = useQuery(agreementQuery(to, operator))
  return (
    <>
      {(before.isPending || after.isPending) && <Skeleton height={120} />}
      <ProblemAlert error={before.error ?? after.error} onRetry={() => void Promise.all([before.refetch(), after.refetch()])} />
      {before.data && after.data && <Changes label={`Changes from version ${from} to version ${to}`} before={before.data.text} after={after.data.text} />}
    </>
  )
}

/** When a version was issued, by when it is to be signed, and the hash that a signature names. */
export function VersionFacts({ version }: { version: AgreementVersionView }): ReactElement {
  return (
    <Stack>
      <Facts>
        <Fact name="Issued">
          <Instant value={version.issuedAt} />
        </Fact>
        <Fact name="Required from">
          <Instant value={version.acceptBy} />
        </Fact>
        <Fact name="SHA-256">
          <CopyText label="Copy the hash of the text" text={version.sha256} />
        </Fact>
      </Facts>
    </Stack>
  )
}
