import { Anchor, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { OnlyWith } from '../session/only-with.tsx'
import { Page } from '../ui/page.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { publicTextsQuery, TEXT_NAME } from './directory.ts'
import { FeaturedNow } from './featured-now.tsx'
import { TextPanel } from './text-panel.tsx'
import { WaitingListings } from './waiting-listings.tsx'

/** What everybody can read about the programme, and what waits to be shown. */
export function PublicPagesPage(): ReactElement {
  return (
    <OnlyWith verb="public-text.list">
      <PublicPages />
    </OnlyWith>
  )
}

function PublicPages(): ReactElement {
  const texts = useQuery(publicTextsQuery)
  const page = texts.data?.page ?? '/programme'
  const open = (tail: string, label: string) => (
    <Anchor href={page + tail} target="_blank" size="sm">
      {label}
    </Anchor>
  )
  return (
    <Page
      title="Public pages"
      lead="What everybody can read about the programme without signing in."
      actions={
        <>
          {open('', 'Programme')}
          {open('/criteria', 'Criteria')}
          {open('/faq', 'Questions')}
          {open('/members', 'Members')}
        </>
      }
    >
      <Stack>
        <WaitingListings />
        <FeaturedNow />
        {texts.isPending && <Skeleton height={240} />}
        <ProblemAlert error={texts.error} onRetry={() => void texts.refetch()} />
        {texts.data?.items.map((text) => (
          <TextPanel key={text.slug} text={text} address={page + TEXT_NAME[text.slug].tail} />
        ))}
      </Stack>
    </Page>
  )
}
