import type { ObjectShown } from './objects.ts'

/** What each marking lets its readers do (FIRST, TLP 2.0), in our words. */
export const TLP_MEANING = {
  CLEAR: 'Anybody may be told.',
  GREEN: 'For your community: pass it on there, not in public.',
  AMBER: 'For your organisation and its clients, as far as they need to know.',
  'AMBER+STRICT': 'For your organisation alone.',
  RED: 'For you personally: pass it on to nobody.',
} as const satisfies Record<ObjectShown['places'][number]['versions'][number]['tlp'], string>
