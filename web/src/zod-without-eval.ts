import { z } from 'zod'

// Before any schema is made: zod would try `new Function` for speed, which the CSP refuses and reports.
z.config({ jitless: true })
