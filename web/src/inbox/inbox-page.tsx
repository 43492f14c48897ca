import { Button, Group, SegmentedControl, Skeleton } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { useSession } from '../session/session.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { NoticeList } from './notice-list.tsx'
import { noticesQuery, useMarkRead } from './notices.ts'

/** Every notice to the signed-in person. */
export function InboxPage(): ReactElement {
  const session = useSession()
  const [show, setShow] = useState<'unread' | 'all'>('all')
  const notices = useInfiniteQuery(noticesQuery(show === 'unread'))
  const markRead = useMarkRead()
  const items = notices.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Page
      title="Inbox"
      lead="Notices to you. They never hold embargoed text; each leads to where the matter is dealt with."
      actions={
        session.unreadNotices > 0 && (
          <Button variant="default" onClick={() => markRead.mutate(undefined)} loading={markRead.isPending}>
            Mark all as read
          </Button>
        )
      }
    >
      <ProblemAlert error={markRead.error} />
      <Panel
        title={session.unreadNotices === 0 ? 'Nothing unread' : `${session.unreadNotices} unread`}
        flush
        actions={
          <SegmentedControl
            size="xs"
            aria-label="Which notices"
            value={show}
            onChange={(value) => setShow(value === 'unread' ? 'unread' : 'all')}
            data={[
              { value: 'all', label: 'All' },
              { value: 'unread', label: 'Unread' },
            ]}
          />
        }
      >
        {notices.isPending && <Skeleton height={160} radius={0} />}
        {notices.isError && <ProblemAlert error={notices.error} onRetry={() => void notices.refetch()} />}
        {notices.isSuccess && items.length === 0 && (
          <EmptyState icon="inbox" title={show === 'unread' ? 'Nothing unread' : 'No notices yet'}>
            A notice arrives when something concerns you: your roles change, a recovery waits for approval, the clocks disagree.
          </EmptyState>
        )}
        <NoticeList notices={items} />
        {notices.hasNextPage && (
          <Group justify="center" py="sm">
            <Button variant="default" onClick={() => void notices.fetchNextPage()} loading={notices.isFetchingNextPage}>
              Show older ones
            </Button>
          </Group>
        )}
      </Panel>
    </Page>
  )
}
