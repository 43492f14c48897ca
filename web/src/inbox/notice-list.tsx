import { Anchor, Button, Text, VisuallyHidden } from '@mantine/core'
import { useRouter } from '@tanstack/react-router'
import type { MouseEvent, ReactElement } from 'react'
import { localPath } from '../sign-in/local-path.ts'
import { Instant } from '../ui/instant.tsx'
import styles from './notice-list.module.css'
import { useMarkRead, type NoticeView } from './notices.ts'

/** Notices with what can be done about each. */
export function NoticeList({ notices }: { notices: readonly NoticeView[] }): ReactElement {
  return (
    <ul className={styles['list']}>
      {notices.map((notice) => (
        <NoticeItem key={notice.id} notice={notice} />
      ))}
    </ul>
  )
}

function NoticeItem({ notice }: { notice: NoticeView }): ReactElement {
  const router = useRouter()
  const markRead = useMarkRead()
  const unread = notice.readAt === null
  const open = (event: MouseEvent, path: string) => {
    event.preventDefault()
    if (unread) markRead.mutate(notice.id)
    router.history.push(path)
  }
  return (
    <li className={styles['item']} data-unread={unread || undefined}>
      <span className={styles['dot']} aria-hidden />
      <div className={styles['body']}>
        {unread && <VisuallyHidden>Unread: </VisuallyHidden>}
        {notice.link === null ? (
          <span className={styles['text']}>{notice.text}</span>
        ) : (
          <Anchor className={styles['text']} href={localPath(notice.link)} onClick={(event) => open(event, localPath(notice.link ?? '/'))}>
            {notice.text}
          </Anchor>
        )}
        <Text size="sm" c="dimmed">
          <Instant value={notice.createdAt} />
        </Text>
      </div>
      {unread && (
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => markRead.mutate(notice.id)}
          loading={markRead.isPending}
          aria-label={`Mark as read: ${notice.text}`}
        >
          Mark as read
        </Button>
      )}
    </li>
  )
}
