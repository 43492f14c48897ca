import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { ListingView, OwnListings, PublicTexts, type OwnListing, type PublicText } from '#program/membership/directory/contract.ts'
import { everyPage } from '../api/every-page.ts'
import { get } from '../api/client.ts'
import type { Tone } from '../ui/state-mark.tsx'

export type Listing = z.output<typeof ListingView>
export type Own = z.output<typeof OwnListing>
export type Text = z.output<typeof PublicText>

export const ownListingsQuery = queryOptions({
  queryKey: ['own-listings'],
  queryFn: async ({ signal }) => (await get(OwnListings, '/api/listings/own', {}, signal)).items,
})
export const listingsQuery = queryOptions({
  queryKey: ['listings'],
  queryFn: ({ signal }) => everyPage(ListingView, '/api/listings', signal),
  refetchInterval: 60_000,
})
export const publicTextsQuery = queryOptions({ queryKey: ['public-texts'], queryFn: ({ signal }) => get(PublicTexts, '/api/public-texts', {}, signal) })

export const LISTING_STATE: Readonly<Record<Listing['state'], { name: string; tone: Tone }>> = {
  waiting: { name: 'Waits for an officer', tone: 'waiting' },
  public: { name: 'Public', tone: 'on' },
  hidden: { name: 'Hidden: the membership is not active', tone: 'off' },
  refused: { name: 'Refused', tone: 'bad' },
  withdrawn: { name: 'Withdrawn', tone: 'off' },
  replaced: { name: 'No longer public', tone: 'off' },
}

export const TEXT_NAME: Readonly<Record<Text['slug'], { title: string; lead: string; tail: string }>> = {
  programme: { title: 'What the programme is', lead: 'At the top of the programme page. Without it, one general sentence stands there.', tail: '' },
  faq: { title: 'Questions and answers', lead: 'The whole of the page “Questions”.', tail: '/faq' },
  contact: { title: 'Contact', lead: 'At the end of the programme page. Without it, the page names no contact.', tail: '' },
}

/** Where the members' and officers' preview of a logo lies. */
export function logoAddress(operator: string, digest: string): string {
  return `/api/listings/logos/${operator}/${digest}`
}
