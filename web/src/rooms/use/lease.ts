/** Leases as the API tells them. */
import type { components } from '@/api/schema';

export type Lease = components['schemas']['Lease'];
