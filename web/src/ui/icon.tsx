import type { ReactElement } from 'react'

const PATHS = {
  home: 'M3 10.5 12 3l9 7.5M5.5 9v11h13V9M10 20v-6h4v6',
  guide: 'M5 4v16M5 4.5h9l-1.5 3L14 10.5H5M10 20h4M17 20h3',
  inbox: 'M4 5h16v14H4zM4 13h4.5l1.5 3h4l1.5-3H20',
  mail: 'M3 5.5h18v13H3zM3.5 6.5l8.5 7 8.5-7',
  people: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16 4.5a3.2 3.2 0 0 1 0 6.2M18 14.5c2 .8 3.5 2.7 3.5 5.5',
  members: 'M4 20V7l8-4 8 4v13M2.5 20h19M9.5 20v-4h5v4M8 10h.1M12 10h.1M16 10h.1M8 13h.1M12 13h.1M16 13h.1',
  log: 'M6 3h9l4 4v14H6zM15 3v4h4M9 11h7M9 14.5h7M9 18h4',
  account: 'M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c0-4 3.3-6.5 7.5-6.5s7.5 2.5 7.5 6.5',
  key: 'M8 15a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 11h9M18 11v3.5M15 11v2.5',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z',
  auto: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 3.5v17M12 7h5.5M12 10.5h8M12 14h8M12 17.5h5.5',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  cross: 'M6 6l12 12M18 6L6 18',
  question: 'M9 9a3 3 0 1 1 4.2 2.8c-.9.4-1.2 1-1.2 2.2M12 17.5v.1',
  warning: 'M12 3.5 22 20H2zM12 10v4.5M12 17v.1',
  download: 'M12 4v11M7.5 11 12 15.5 16.5 11M4.5 20h15',
  upload: 'M12 16V5M7.5 9.5 12 5l4.5 4.5M4.5 20h15',
  package: 'M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9M8 5.2l8 4.6',
  signature: 'M4 20h16M4 16c4-1 9-6 9-10.5C13 4 12.3 3.5 11.5 3.5c-2 0-3 4-2.5 7.5.4 3 1.6 5 3 5 1.5 0 2-2.5 3.5-2.5 1 0 .8 2.5 4.5 2.5',
  calendar: 'M4 5.5h16V20H4zM4 10h16M8 3v4M16 3v4M8 14h.1M12 14h.1M16 14h.1M8 17h.1M12 17h.1',
  scan: 'M13 3H6v18h5M13 3l4 4v3M13 3v4h4M15.5 19a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM18 18l3 3',
  target: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM12 1.5v4M12 18.5v4M1.5 12h4M18.5 12h4',
  gap: 'M4 20V10h3.5v10M10.3 20v-6h3.5v6M16.5 20V4H20v16M2.5 20h19',
  flag: 'M6 21V4M6 4.5h11l-2.5 4 2.5 4H6',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6z',
  up: 'M12 19V5M6 11l6-6 6 6',
  down: 'M12 5v14M6 13l6 6 6-6',
  opened: 'M5 8.5l7 7 7-7',
  closed: 'M8.5 5l7 7-7 7',
  updown: 'M8 9l4-4 4 4M8 15l4 4 4-4',
  signout: 'M14 4h6v16h-6M3.5 12H15M11 8l4 4-4 4',
  more: 'M5 12h.1M12 12h.1M19 12h.1',
  clock: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7v5l3.5 2',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 21 21',
  list: 'M4 6.5h2M4 12h2M4 17.5h2M9 6.5h11M9 12h11M9 17.5h11',
  picture: 'M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.5L20 17M15.5 9.5h.1',
  code: 'M8.5 7 3.5 12l5 5M15.5 7l5 5-5 5M13.5 5l-3 14',
  program: 'M4 5h16v14H4zM7.5 9.5l2.5 2.5-2.5 2.5M12.5 15H16',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1',
  lock: 'M5.5 11h13v9.5h-13zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  folder: 'M3.5 6h6l2 2.5h9V19h-17z',
  page: 'M6 3h9l4 4v14H6zM15 3v4h4',
  shield: 'M12 3l8 3v6c0 5-3.5 8-8 9.5C7.5 20 4 17 4 12V6z',
} as const

export type IconName = keyof typeof PATHS

/** A line drawing that repeats what text beside it says, so it is hidden from screen readers. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }): ReactElement {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
      focusable={false}
    >
      <path d={PATHS[name]} />
    </svg>
  )
}
