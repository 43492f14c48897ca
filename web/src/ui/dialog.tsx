import { Modal } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'

interface DialogProps {
  readonly opened: boolean
  readonly onClose: () => void
  readonly title: string
  readonly size?: string
  /** False while closing by mistake would lose something: then only the dialog's own buttons close it. */
  readonly dismissible?: boolean
  readonly children: ReactNode
}

/** Every dialog of the console. */
export function Dialog({ opened, onClose, title, size = 'lg', dismissible = true, children }: DialogProps): ReactElement {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      size={size}
      lockScroll={false}
      closeOnClickOutside={false}
      closeOnEscape={dismissible}
      withCloseButton={dismissible}
      closeButtonProps={{ 'aria-label': 'Close' }}
      transitionProps={{ duration: 100 }}
      yOffset="8dvh"
    >
      {children}
    </Modal>
  )
}
