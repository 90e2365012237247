import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/sign-in',
    name: 'sign-in',
    component: () => import('./SignIn.vue'),
    title: 'session.signIn',
    bare: true,
    open: true,
  },
  {
    path: '/sign-in/issuer/:issuer',
    name: 'issuer-back',
    component: () => import('./IssuerBack.vue'),
    title: 'issuer.back',
    bare: true,
    open: true,
  },
  {
    path: '/password',
    name: 'password',
    component: () => import('./NewPassword.vue'),
    title: 'session.newPassword',
  },
  {
    path: '/second-factor',
    name: 'second-factor',
    component: () => import('./EnrolPage.vue'),
    title: 'session.factor',
  },
];
