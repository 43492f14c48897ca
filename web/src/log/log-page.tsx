import { Button, Group, Skeleton } from '@mantine/core'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ExportLeaves } from './export-leaves.tsx'
import { LeafDrawer } from './leaf-drawer.tsx'
import { LeafTable } from './leaf-table.tsx'
import { leavesQuery } from './leaves.ts'
import { LogFilters } from './log-filters.tsx'

const route = getRouteApi('/signed-in/log')

/** The audit log: who did what to what and when, each entry with a proof that can be checked here. */
export function LogPage(): ReactElement {
  return (
    <OnlyWith verb="log.read">
      <Log />
    </OnlyWith>
  )
}

function Log(): ReactElement {
  const may = useMay()
  const { leaf, ...filter } = route.useSearch()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const leaves = useInfiniteQuery(leavesQuery(filter))
  const items = leaves.data?.pages.flatMap((page) => page.items) ?? []
  const filtered = Object.values(filter).some((value) => value !== undefined)
  const open = (index: number | undefined) => void navigate({ to: '/log', search: { ...filter, leaf: index }, replace: true })
  return (
    <Page
      title="Audit log"
      lead="Every act, in the order in which it happened. An entry cannot be changed without breaking its proof."
      actions={may('log.export') && <ExportLeaves filter={filter} />}
    >
      <Panel
        title={filtered ? 'Entries that fit' : 'Entries, newest first'}
        flush
        actions={
          <Button
            variant="default"
            size="compact-sm"
            onClick={() => void queries.resetQueries({ queryKey: leavesQuery(filter).queryKey })}
            loading={leaves.isRefetching && !leaves.isFetchingNextPage}
          >
            Reload
          </Button>
        }
      >
        <LogFilters filter={filter} onChange={(next) => void navigate({ to: '/log', search: next })} />
        {leaves.isPending && <Skeleton height={320} radius={0} />}
        <ProblemAlert error={leaves.error} onRetry={() => void leaves.refetch()} />
        {leaves.isSuccess && items.length === 0 && (
          <EmptyState icon="log" title={filtered ? 'No entry fits' : 'The log is empty'}>
            {filtered && (
              <Group justify="center" mt="xs">
                <Button variant="default" size="compact-sm" onClick={() => void navigate({ to: '/log', search: {} })}>
                  Clear the filters
                </Button>
              </Group>
            )}
          </EmptyState>
        )}
        {items.length > 0 && (
          <LeafTable
            leaves={items}
            onOpen={open}
            hasMore={leaves.hasNextPage}
            loadingMore={leaves.isFetchingNextPage}
            onMore={() => {
              if (!leaves.isFetchingNextPage && !leaves.isFetchNextPageError) void leaves.fetchNextPage()
            }}
          />
        )}
      </Panel>
      <LeafDrawer index={leaf} onClose={() => open(undefined)} />
    </Page>
  )
}
