"""What each of the three administrators reaches, written out (S22): an operation that becomes reachable for one of
them is entered here, or test_access.py fails."""

# open to everybody who is signed in, or to all
EVERYBODY = set('''
    account.bind account.bound account.issuers account.password account.stream account.unbind agent.batch agent.enrol
    agent.key api.describe article.list article.show calendar.due calendar.feed calendar.renew calendar.revoke
    calendar.show case.file case.label clock.show cloud.discover delegation.create delegation.end delegation.list
    document.copy document.delete document.label document.list document.save document.show document.upload
    health.live health.metrics health.ready inbox.count inbox.list issuer.begin
    issuer.ended issuer.list issuer.sign_in issuer.way_out label.list link.batch link.file link.join link.key meter.lines meter.write
    move.preview notice.list notify.address notify.deliveries notify.forget notify.resend notify.set notify.show
    notify.verify opening.preview opening.template paper.acknowledge paper.list paper.proof paper.save paper.show
    pledge.check policy.article policy.kinds policy.parameters policy.permissions procedure.list procedure.show
    record.backup record.list record.show register.list scheme.sources search.list second-factor.confirm
    second-factor.enrol second-factor.remove second-factor.renew second-factor.show service.list service.token
    service.token_end service.tokens session.code session.create session.delete session.end session.end_others
    session.list session.show token.create token.delete token.list view.delete view.list view.put watch.rules
'''.split())

SYSADMIN = set('''
    backup.made backup.make backup.sets clock.turn cloud.body cloud.connections cloud.create cloud.list
    field-key.rotate field-key.status job.counts job.list job.retry job.show link.code link.end link.enrol link.list
    link.reconcile link.resync link.resync_all link.show link.skip link.statements mail.deliveries mail.test
    meter.status order.export order.list order.retry order.show org.chain org.create org.list org.prefix org.sector
    org.show policy.packs webhook.create webhook.delete webhook.deliveries webhook.list webhook.replay webhook.rotate
    webhook.set webhook.show webhook.test
'''.split())

SECADMIN = set('''
    account.review act.decide act.list act.show act.withdraw cloud.list grant.create grant.delete grant.kinds label.hindered
    org.list org.show person.bind person.clearance person.close person.contact person.create person.factor_reset person.handover
    person.handover_preview person.issuers person.list person.reopen person.reset person.show person.sign_in
    person.unbind person.until policy.enact policy.packs security.list security.note service.create service.owner
'''.split())

AUDITOR = set('''
    act.decide act.list act.show act.withdraw audit.check audit.checked audit.integrity audit.kinds audit.list
    catalogue.experience catalogue.record catalogue.recorded cloud.list duty.kinds duty.list duty.show
    evaluation.explain evaluation.factors evaluation.facts evaluation.list evaluation.results evaluation.scoreboard
    evaluation.show evaluation.verify meter.status org.list org.show person.list person.show policy.packs
    report.list report.save report.show scheme.list scheme.show security.list security.note settle.bill
    settle.document settle.explain settle.export settle.lines settle.list settle.payments settle.show
    settle.statement settle.statements settle.verify statistics.decisions year.list year.show
'''.split())
