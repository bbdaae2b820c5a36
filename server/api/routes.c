/* The one route table. A line says who may (policy), how much body, what the trail calls it, and the stages. */
#include "api/api.h"
#include "api/handlers.h"

enum { SMALL = 4096, BIG = API_BODY_BYTES_MAX };

#define OPEN .access = ROUTE_OPEN
#define LOGIN(what, how) .access = ROUTE_LOGIN, .resource = POLICY_##what, .action = POLICY_##how

const struct route api_routes[] = {
    /* §8 */
    {HTTP_GET, "/healthz", OPEN, .flags = ROUTE_ALWAYS, .look = healthz_look},
    {HTTP_GET, "/metrics", OPEN, .flags = ROUTE_ALWAYS, .look = metrics_look},
    /* §7 */
    {HTTP_GET, "/ws", LOGIN(SESSION, READ), .flags = ROUTE_BROWSER | ROUTE_QUIET, .look = socket_look},
    /* §2 */
    {HTTP_POST, "/api/login", OPEN, .body_bytes_max = SMALL, .flags = ROUTE_TRY, .look = login_look,
     .work = login_work, .write = login_write},
    {HTTP_POST, "/api/login/password", OPEN, .body_bytes_max = SMALL, .flags = ROUTE_TRY,
     .look = login_password_look, .work = login_password_work, .write = login_password_write},
    {HTTP_POST, "/api/login/totp", OPEN, .body_bytes_max = SMALL, .flags = ROUTE_TRY,
     .write = login_totp_write},
    {HTTP_POST, "/api/login/enrol", OPEN, .body_bytes_max = SMALL, .flags = ROUTE_TRY,
     .write = login_enrol_write},
    {HTTP_POST, "/api/login/enrol/confirm", OPEN, .body_bytes_max = SMALL, .flags = ROUTE_TRY,
     .write = login_confirm_write},
    {HTTP_POST, "/api/logout", LOGIN(SESSION, DELETE), .body_bytes_max = SMALL, .audit = "logout",
     .flags = ROUTE_BROWSER | ROUTE_QUIET, .write = logout_write},
    /* §3 */
    {HTTP_GET, "/api/session", LOGIN(SESSION, READ), .look = session_look},
    {HTTP_GET, "/api/account", LOGIN(OWN_ACCOUNT, READ), .look = own_look},
    {HTTP_POST, "/api/account/password", LOGIN(OWN_ACCOUNT, CHANGE), .body_bytes_max = SMALL,
     .audit = "account.password", .flags = ROUTE_BROWSER, .look = own_password_look,
     .work = own_password_work, .write = own_password_write},
    {HTTP_POST, "/api/account/recovery-codes", LOGIN(OWN_ACCOUNT, CHANGE), .body_bytes_max = SMALL,
     .audit = "account.recovery-codes", .flags = ROUTE_BROWSER, .write = own_codes_write},
    {HTTP_POST, "/api/account/totp", LOGIN(OWN_ACCOUNT, CHANGE), .body_bytes_max = SMALL,
     .audit = "account.totp", .flags = ROUTE_BROWSER, .look = own_totp_look, .work = own_totp_work,
     .write = own_totp_write},
    {HTTP_POST, "/api/account/totp/confirm", LOGIN(OWN_ACCOUNT, CHANGE), .body_bytes_max = SMALL,
     .audit = "account.totp.confirm", .flags = ROUTE_BROWSER, .write = own_totp_confirm_write},
    {HTTP_POST, "/api/account/sessions/end", LOGIN(OWN_ACCOUNT, CHANGE), .body_bytes_max = SMALL,
     .audit = "session.end", .flags = ROUTE_BROWSER, .write = own_sessions_end_write},
    {HTTP_GET, "/api/drafts/{key...}", LOGIN(DRAFT, READ), .look = draft_look},
    {HTTP_PUT, "/api/drafts/{key...}", LOGIN(DRAFT, CHANGE), .body_bytes_max = BIG, .audit = "draft.save",
     .write = draft_put_write},
    {HTTP_DELETE, "/api/drafts/{key...}", LOGIN(DRAFT, DELETE), .audit = "draft.delete",
     .write = draft_delete_write},
    /* §4 */
    {HTTP_GET, "/api/roles", LOGIN(ROLE, READ), .look = roles_look},
    {HTTP_GET, "/api/accounts", LOGIN(ACCOUNT, READ), .audit = "account.list", .look = accounts_look},
    {HTTP_POST, "/api/accounts", LOGIN(ACCOUNT, CREATE), .body_bytes_max = SMALL, .audit = "account.create",
     .look = accounts_add_look, .work = accounts_add_work, .write = accounts_add_write},
    {HTTP_POST, "/api/accounts/{id}/roles", LOGIN(ACCOUNT, CHANGE), .body_bytes_max = SMALL,
     .audit = "account.roles", .write = account_roles_write},
    {HTTP_POST, "/api/accounts/{id}/disable", LOGIN(ACCOUNT, CHANGE), .body_bytes_max = SMALL,
     .audit = "account.disable", .write = account_disable_write},
    {HTTP_POST, "/api/accounts/{id}/enable", LOGIN(ACCOUNT, CHANGE), .body_bytes_max = SMALL,
     .audit = "account.enable", .write = account_enable_write},
    {HTTP_POST, "/api/accounts/{id}/unlock", LOGIN(ACCOUNT, CHANGE), .body_bytes_max = SMALL,
     .audit = "account.unlock", .write = account_unlock_write},
    {HTTP_POST, "/api/accounts/{id}/reset", LOGIN(ACCOUNT, CHANGE), .body_bytes_max = SMALL,
     .audit = "account.reset", .look = account_reset_look, .work = account_reset_work,
     .write = account_reset_write},
    {HTTP_POST, "/api/accounts/{id}/logout", LOGIN(ACCOUNT, CHANGE), .body_bytes_max = SMALL,
     .audit = "account.logout", .write = account_logout_write},
    {HTTP_GET, "/api/lockouts", LOGIN(LOCKOUT, READ), .audit = "lockout.list", .look = lockouts_look},
    {HTTP_POST, "/api/lockouts/clear", LOGIN(LOCKOUT, DELETE), .body_bytes_max = SMALL,
     .audit = "lockout.clear", .write = lockouts_clear_write},
    {HTTP_GET, "/api/tokens", LOGIN(TOKEN, READ), .audit = "token.list", .look = tokens_look},
    {HTTP_POST, "/api/tokens", LOGIN(TOKEN, CREATE), .body_bytes_max = SMALL, .audit = "token.create",
     .write = tokens_add_write},
    {HTTP_POST, "/api/tokens/{id}/revoke", LOGIN(TOKEN, DELETE), .body_bytes_max = SMALL,
     .audit = "token.revoke", .write = tokens_revoke_write},
    /* §5 */
    {HTTP_GET, "/api/system/health", LOGIN(HEALTH, READ), .look = system_health_look},
    {HTTP_POST, "/api/system/scrub", LOGIN(HEALTH, CHANGE), .body_bytes_max = SMALL, .audit = "store.scrub",
     .write = system_scrub_write},
    {HTTP_GET, "/api/system/workers", LOGIN(WORKER, READ), .look = system_workers_look},
    {HTTP_POST, "/api/system/workers/{index}/restart", LOGIN(WORKER, CHANGE), .body_bytes_max = SMALL,
     .audit = "worker.restart", .write = system_worker_restart_write},
    {HTTP_GET, "/api/system/certificates", LOGIN(CERTIFICATE, READ), .look = system_certificates_look},
    {HTTP_POST, "/api/system/certificates/renew", LOGIN(CERTIFICATE, CHANGE), .body_bytes_max = SMALL,
     .audit = "certificate.renew", .flags = ROUTE_SLOW, .look = system_certificates_renew_look,
     .work = system_certificates_renew_work, .write = system_certificates_renew_write},
    {HTTP_GET, "/api/system/backups", LOGIN(BACKUP, READ), .look = system_backups_look},
    {HTTP_POST, "/api/system/backups/run", LOGIN(BACKUP, CREATE), .body_bytes_max = SMALL,
     .audit = "store.backup", .write = system_backups_run_write},
    /* §6 */
    {HTTP_GET, "/api/audit", LOGIN(AUDIT, READ), .audit = "audit.read", .look = audit_look},
    {HTTP_POST, "/api/audit/verify", LOGIN(AUDIT, CHANGE), .body_bytes_max = SMALL, .audit = "audit.verify",
     .flags = ROUTE_SLOW, .look = audit_verify_look, .work = audit_verify_work, .write = audit_verify_write},
    {.path = NULL},
};
