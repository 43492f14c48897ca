import { Skeleton, Stack } from '@mantine/core'
import type { ReactElement } from 'react'

/** The outline of a page while it loads. */
export function LoadingPage(): ReactElement {
  return (
    <Stack gap="lg" aria-busy>
      <h1 className="visually-hidden">Loading</h1>
      <Skeleton height={28} width={220} />
      <Skeleton height={120} />
      <Skeleton height={240} />
    </Stack>
  )
}
