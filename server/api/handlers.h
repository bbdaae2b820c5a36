/* handlers: the endpoints' functions, as routes.c lists them; what each does stands in docs/PROTOCOL. look runs on a reader, work on
 * an errand thread without the store, write on the desk (api.h). */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H
#include "api/request.h"

/* login.c, login_totp.c: §2 */
enum err login_look(struct request *r, struct tx *tx);
void login_work(struct request *r);
enum err login_write(struct request *r, struct tx *tx);
enum err login_password_look(struct request *r, struct tx *tx);
void login_password_work(struct request *r);
enum err login_password_write(struct request *r, struct tx *tx);
enum err login_totp_write(struct request *r, struct tx *tx);
enum err login_enrol_write(struct request *r, struct tx *tx);
enum err login_confirm_write(struct request *r, struct tx *tx);
enum err logout_write(struct request *r, struct tx *tx);

/* terminals.c: §2.1 */
enum err terminals_look(struct request *r, struct tx *tx);
enum err terminals_add_write(struct request *r, struct tx *tx);
enum err terminal_code_write(struct request *r, struct tx *tx);
enum err terminal_revoke_write(struct request *r, struct tx *tx);
enum err terminal_device_write(struct request *r, struct tx *tx);
enum err face_assert_write(struct request *r, struct tx *tx);
enum err login_face_write(struct request *r, struct tx *tx);
enum err terminal_look(struct request *r, struct tx *tx);
enum err terminal_enrol_write(struct request *r, struct tx *tx);

/* own.c, own_factor.c: §3 */
enum err session_look(struct request *r, struct tx *tx);
enum err socket_look(struct request *r, struct tx *tx);
enum err own_look(struct request *r, struct tx *tx);
enum err own_sessions_end_write(struct request *r, struct tx *tx);
enum err own_password_look(struct request *r, struct tx *tx);
void own_password_work(struct request *r);
enum err own_password_write(struct request *r, struct tx *tx);
enum err own_codes_write(struct request *r, struct tx *tx);
enum err own_totp_look(struct request *r, struct tx *tx);
void own_totp_work(struct request *r);
enum err own_totp_write(struct request *r, struct tx *tx);
enum err own_totp_confirm_write(struct request *r, struct tx *tx);

/* recordings.c: §10.6 */
enum err recording_write(struct request *r, struct tx *tx);
enum err recordings_look(struct request *r, struct tx *tx);
enum err recording_montage(struct request *r, struct tx *tx);
enum err recording_look(struct request *r, struct tx *tx);
void recording_work(struct request *r);
/* recording_keep.c */
enum err recording_keep_look(struct request *r, struct tx *tx);
enum err recording_delete_ask_write(struct request *r, struct tx *tx);
enum err recording_delete_write(struct request *r, struct tx *tx);
enum err recording_hold_write(struct request *r, struct tx *tx);

/* stills.c: §10.5 */
bool still_is_asked(struct str content_type); /* of a track: its body is JSON */
enum err still_look(struct request *r, struct tx *tx);
void still_ask(struct request *r);
void still_work(struct request *r);
enum err still_write(struct request *r, struct tx *tx);

/* drafts.c: §3 */
enum err draft_look(struct request *r, struct tx *tx);
enum err draft_put_write(struct request *r, struct tx *tx);
enum err draft_delete_write(struct request *r, struct tx *tx);

/* accounts.c, accounts_change.c: §4 */
enum err roles_look(struct request *r, struct tx *tx);
enum err accounts_look(struct request *r, struct tx *tx);
enum err accounts_add_look(struct request *r, struct tx *tx);
void accounts_add_work(struct request *r);
enum err accounts_add_write(struct request *r, struct tx *tx);
enum err account_roles_write(struct request *r, struct tx *tx);
enum err account_disable_write(struct request *r, struct tx *tx);
enum err account_enable_write(struct request *r, struct tx *tx);
enum err account_unlock_write(struct request *r, struct tx *tx);
enum err account_logout_write(struct request *r, struct tx *tx);
enum err account_reset_look(struct request *r, struct tx *tx);
void account_reset_work(struct request *r);
enum err account_reset_write(struct request *r, struct tx *tx);

/* lockouts.c, tokens.c: §4 */
enum err lockouts_look(struct request *r, struct tx *tx);
enum err lockouts_clear_write(struct request *r, struct tx *tx);
enum err tokens_look(struct request *r, struct tx *tx);
enum err tokens_add_write(struct request *r, struct tx *tx);
enum err tokens_revoke_write(struct request *r, struct tx *tx);

/* system.c: §5 */
enum err system_health_look(struct request *r, struct tx *tx);
enum err system_scrub_write(struct request *r, struct tx *tx);
enum err system_workers_look(struct request *r, struct tx *tx);
enum err system_worker_restart_write(struct request *r, struct tx *tx);
enum err system_certificates_look(struct request *r, struct tx *tx);
enum err system_certificates_renew_look(struct request *r, struct tx *tx);
void system_certificates_renew_work(struct request *r);
enum err system_certificates_renew_write(struct request *r, struct tx *tx);
enum err system_backups_look(struct request *r, struct tx *tx);
enum err system_calls_look(struct request *r, struct tx *tx);
enum err system_backups_run_write(struct request *r, struct tx *tx);

/* trail.c: §6 */
enum err audit_look(struct request *r, struct tx *tx);
enum err audit_chain_look(struct request *r, struct tx *tx);
enum err audit_verify_look(struct request *r, struct tx *tx);
void audit_verify_work(struct request *r);
enum err audit_verify_write(struct request *r, struct tx *tx);

/* fhir.c: §9 */
enum err fhir_look(struct request *r, struct tx *tx);
enum err fhir_write(struct request *r, struct tx *tx);
enum err fhir_metadata_look(struct request *r, struct tx *tx);
/* binary.c: §11.1, files as Binary */
bool binary_is_json(struct str content_type);
enum err binary_post_look(struct request *r, struct tx *tx);
void binary_post_work(struct request *r);
enum err binary_post_write(struct request *r, struct tx *tx);
enum err binary_look(struct request *r, struct tx *tx);
/* fhir_guard.c: fills who->guard for who asks. */
struct record_reader;
enum err fhir_guard(struct request *r, struct tx *tx, struct record_reader *who);
/* dicom_put.c, dicom_get.c: §15 */
enum err dicom_put_look(struct request *r, struct tx *tx);
void dicom_put_work(struct request *r);
enum err dicom_put_write(struct request *r, struct tx *tx);
enum err dicom_get_look(struct request *r, struct tx *tx);
void dicom_get_work(struct request *r);
/* rooms.c: §10.1 */
enum err rooms_look(struct request *r, struct tx *tx);
enum err rooms_people_look(struct request *r, struct tx *tx);
enum err rooms_add_write(struct request *r, struct tx *tx);
enum err room_look(struct request *r, struct tx *tx);
enum err room_member_write(struct request *r, struct tx *tx);
enum err room_member_remove_write(struct request *r, struct tx *tx);
enum err room_close_write(struct request *r, struct tx *tx);
enum err room_join_write(struct request *r, struct tx *tx);
enum err room_source_token_write(struct request *r, struct tx *tx);
enum err room_source_tokens_look(struct request *r, struct tx *tx);
enum err room_source_token_revoke_write(struct request *r, struct tx *tx);

/* streams.c: §10.3; each ends the request through desk/calls */
void stream_options(struct request *r);
void stream_post(struct request *r);
void stream_look(struct request *r);
void stream_patch(struct request *r);
void stream_delete(struct request *r);
void stream_stands(struct request *r); /* a box beside its camera */
void stream_wait(struct request *r);
/* fhir_origin.c: a Provenance for what who wrote, one for each patient (rule 22), and a specialist's new records are attached to the
 * grant they were made under. */
enum err fhir_origin(struct request *r, struct tx *tx, struct record_reader *who);

/* persons.c, glass.c, grants.c, seals.c, erasures.c: §12 */
enum err account_person_write(struct request *r, struct tx *tx);
enum err glass_look(struct request *r, struct tx *tx);
enum err glass_break_write(struct request *r, struct tx *tx);
enum err death_reviews_look(struct request *r, struct tx *tx);
enum err death_review_look(struct request *r, struct tx *tx);
enum err death_review_open_write(struct request *r, struct tx *tx);
enum err death_review_close_write(struct request *r, struct tx *tx);
enum err glass_reviews_look(struct request *r, struct tx *tx);
enum err glass_review_look(struct request *r, struct tx *tx);
enum err glass_review_write(struct request *r, struct tx *tx);
/* opened.c: §12 */
enum err opened_look(struct request *r, struct tx *tx);
enum err grant_give_write(struct request *r, struct tx *tx);
enum err grant_revoke_write(struct request *r, struct tx *tx);
enum err grants_look(struct request *r, struct tx *tx);
enum err grants_own_look(struct request *r, struct tx *tx);
enum err grant_extend_write(struct request *r, struct tx *tx);
enum err seal_look(struct request *r, struct tx *tx);
enum err seals_waiting_look(struct request *r, struct tx *tx);
enum err seal_write_look(struct request *r, struct tx *tx);
void seal_write_work(struct request *r);
enum err seal_write(struct request *r, struct tx *tx);
enum err seal_ask_write(struct request *r, struct tx *tx);
enum err seal_dissent_write(struct request *r, struct tx *tx);
enum err release_write(struct request *r, struct tx *tx);
enum err release_hold_write(struct request *r, struct tx *tx);
/* releases.c: §12 */
enum err releases_look(struct request *r, struct tx *tx);
enum err own_appointments_look(struct request *r, struct tx *tx);
enum err own_intakes_look(struct request *r, struct tx *tx);
enum err own_news_look(struct request *r, struct tx *tx);
enum err own_news_write(struct request *r, struct tx *tx);
enum err erasures_look(struct request *r, struct tx *tx);
enum err erasure_ask_write(struct request *r, struct tx *tx);
enum err erasure_decide_write(struct request *r, struct tx *tx);

/* exports.c: §12 */
enum err exports_look(struct request *r, struct tx *tx);
enum err export_ask_write(struct request *r, struct tx *tx);
enum err export_decide_write(struct request *r, struct tx *tx);
enum err export_key_write(struct request *r, struct tx *tx);
enum err export_file_look(struct request *r, struct tx *tx);
void export_file_work(struct request *r);
enum err export_file_write(struct request *r, struct tx *tx);
/* bulk.c: §11.2 */
enum err bulk_kick_write(struct request *r, struct tx *tx);
enum err bulk_state_look(struct request *r, struct tx *tx);
enum err bulk_file_look(struct request *r, struct tx *tx);
enum err bulk_end_write(struct request *r, struct tx *tx);

/* public.c: §8 */
enum err healthz_look(struct request *r, struct tx *tx);
enum err metrics_look(struct request *r, struct tx *tx);

/* orders.c: orders and lists */
enum err drugs_search_look(struct request *r, struct tx *tx);
enum err codes_search_look(struct request *r, struct tx *tx);
enum err order_check_look(struct request *r, struct tx *tx);
enum err order_add_write(struct request *r, struct tx *tx);
enum err order_approve_write(struct request *r, struct tx *tx);
enum err order_hold_write(struct request *r, struct tx *tx);
enum err order_resume_write(struct request *r, struct tx *tx);
enum err order_stop_write(struct request *r, struct tx *tx);
enum err order_dose_write(struct request *r, struct tx *tx);
enum err dose_round_look(struct request *r, struct tx *tx); /* dose_round.c */
enum err dose_sign_look(struct request *r, struct tx *tx);
void dose_sign_work(struct request *r);
enum err dose_sign_write(struct request *r, struct tx *tx);

/* agenda.c, bookings.c, fhir_book.c: §14 */
enum err fhir_find_look(struct request *r, struct tx *tx);
enum err fhir_schedules_look(struct request *r, struct tx *tx); /* fhir_slot.c */
enum err fhir_schedule_look(struct request *r, struct tx *tx);
enum err fhir_slots_look(struct request *r, struct tx *tx);
enum err fhir_hold_write(struct request *r, struct tx *tx);
enum err fhir_book_write(struct request *r, struct tx *tx);
enum err agenda_find_look(struct request *r, struct tx *tx);
enum err agenda_resources_look(struct request *r, struct tx *tx);
enum err agenda_board_look(struct request *r, struct tx *tx);
enum err agenda_text_look(struct request *r, struct tx *tx);
enum err agenda_text_write(struct request *r, struct tx *tx);
enum err calendar_feed_look(struct request *r, struct tx *tx);
enum err calendar_feed_make_write(struct request *r, struct tx *tx);
enum err calendar_feed_end_write(struct request *r, struct tx *tx);
enum err calendar_feed_get_look(struct request *r, struct tx *tx);
enum err agenda_own_look(struct request *r, struct tx *tx);
enum err agenda_hours_look(struct request *r, struct tx *tx);
enum err agenda_hours_write(struct request *r, struct tx *tx);
enum err waiting_look(struct request *r, struct tx *tx);
enum err waiting_triage_write(struct request *r, struct tx *tx);
enum err messages_look(struct request *r, struct tx *tx);
enum err messages_read_write(struct request *r, struct tx *tx);
enum err agenda_series_look(struct request *r, struct tx *tx);
enum err rings_look(struct request *r, struct tx *tx);
enum err ring_look(struct request *r, struct tx *tx);
enum err ring_begin_write(struct request *r, struct tx *tx);
enum err ring_happen_write(struct request *r, struct tx *tx);
enum err posts_look(struct request *r, struct tx *tx);
enum err own_reach_look(struct request *r, struct tx *tx);
enum err own_reach_write(struct request *r, struct tx *tx);
enum err post_again_write(struct request *r, struct tx *tx);
enum err bookings_look(struct request *r, struct tx *tx);
enum err booking_look(struct request *r, struct tx *tx);
enum err booking_start_write(struct request *r, struct tx *tx);
enum err booking_override_write(struct request *r, struct tx *tx);
enum err booking_event_write(struct request *r, struct tx *tx);
enum err booking_propose_write(struct request *r, struct tx *tx);
enum err booking_move_write(struct request *r, struct tx *tx);
enum err booking_repair_write(struct request *r, struct tx *tx);

/* escorts.c, engagements.c: §14 */
enum err escorts_isolated_look(struct request *r, struct tx *tx);
enum err engagements_look(struct request *r, struct tx *tx);
enum err engagement_history_look(struct request *r, struct tx *tx);
enum err engagement_taken_look(struct request *r, struct tx *tx);
enum err engagement_add_write(struct request *r, struct tx *tx);
enum err engagement_change_write(struct request *r, struct tx *tx);
enum err engagement_order_write(struct request *r, struct tx *tx);
enum err engagement_cancel_write(struct request *r, struct tx *tx);
enum err visits_look(struct request *r, struct tx *tx) MUST_USE;
enum err visit_begin_write(struct request *r, struct tx *tx) MUST_USE;
enum err visit_preview_look(struct request *r, struct tx *tx) MUST_USE;
enum err visit_look(struct request *r, struct tx *tx) MUST_USE;
enum err call_quality_look(struct request *r, struct tx *tx) MUST_USE;
enum err visit_change_write(struct request *r, struct tx *tx) MUST_USE;
enum err visit_wait_write(struct request *r, struct tx *tx) MUST_USE;
enum err visit_step_write(struct request *r, struct tx *tx) MUST_USE;
enum err escorts_look(struct request *r, struct tx *tx);
enum err escort_report_write(struct request *r, struct tx *tx);
enum err escorts_people_look(struct request *r, struct tx *tx);
enum err escort_arrange_write(struct request *r, struct tx *tx);
/* epidemic.c, epidemic_acts.c, epidemic_custody.c: §20 */
enum err epidemic_look(struct request *r, struct tx *tx);
enum err epidemic_begin_write(struct request *r, struct tx *tx);
enum err epidemic_event_write(struct request *r, struct tx *tx);
enum err epidemic_release_look(struct request *r, struct tx *tx);
void epidemic_release_work(struct request *r);
enum err epidemic_release_write(struct request *r, struct tx *tx);
enum err epidemic_contact_write(struct request *r, struct tx *tx);
enum err epidemic_alarm_write(struct request *r, struct tx *tx);
enum err epidemic_counts_look(struct request *r, struct tx *tx);
enum err epidemic_told_look(struct request *r, struct tx *tx);
enum err epidemic_tell_write(struct request *r, struct tx *tx);
/* specialists.c, invitations.c: §14 */
enum err hospitals_look(struct request *r, struct tx *tx);
enum err hospital_departments_write(struct request *r, struct tx *tx);
enum err hospital_put_write(struct request *r, struct tx *tx);
enum err specialists_look(struct request *r, struct tx *tx);
enum err specialist_look(struct request *r, struct tx *tx);
enum err specialist_change_write(struct request *r, struct tx *tx);
enum err invitations_look(struct request *r, struct tx *tx);
enum err invitation_make_write(struct request *r, struct tx *tx);
enum err invitation_withdraw_write(struct request *r, struct tx *tx);
enum err invite_open_look(struct request *r, struct tx *tx);
enum err invite_accept_look(struct request *r, struct tx *tx);
void invite_accept_work(struct request *r);
enum err invite_accept_write(struct request *r, struct tx *tx);

/* intakes.c, intake_steps.c: §16 */
enum err intakes_look(struct request *r, struct tx *tx);
enum err intake_look(struct request *r, struct tx *tx);
enum err housing_look(struct request *r, struct tx *tx);
enum err intake_save_write(struct request *r, struct tx *tx);
enum err intake_begin_write(struct request *r, struct tx *tx);
enum err intake_hand_write(struct request *r, struct tx *tx);
enum err intake_house_write(struct request *r, struct tx *tx);
enum err intake_records_write(struct request *r, struct tx *tx);
enum err allegations_look(struct request *r, struct tx *tx);
enum err intake_allegation_write(struct request *r, struct tx *tx);
enum err intake_sign_look(struct request *r, struct tx *tx);
void intake_sign_work(struct request *r);
enum err intake_sign_write(struct request *r, struct tx *tx);
enum err intake_assess_look(struct request *r, struct tx *tx);
enum err intake_assess_write(struct request *r, struct tx *tx);
/* transfers.c: §24 */
enum err transfers_look(struct request *r, struct tx *tx);
enum err transfer_hospitals_look(struct request *r, struct tx *tx);
enum err transfer_look(struct request *r, struct tx *tx);
enum err transfer_add_write(struct request *r, struct tx *tx);
enum err transfer_event_write(struct request *r, struct tx *tx);
enum err transfer_packet_look(struct request *r, struct tx *tx);
enum err transfer_packet_sign_look(struct request *r, struct tx *tx);
void transfer_packet_sign_work(struct request *r);
enum err transfer_packet_sign_write(struct request *r, struct tx *tx);
enum err transfer_packet_pdf_look(struct request *r, struct tx *tx);
void handover_pdf_work(struct request *r);
/* release_summaries.c: §25 */
enum err release_summaries_look(struct request *r, struct tx *tx);
enum err release_summary_look(struct request *r, struct tx *tx);
enum err release_summary_sign_write(struct request *r, struct tx *tx);
enum err release_summary_hand_write(struct request *r, struct tx *tx);
enum err release_summary_send_write(struct request *r, struct tx *tx);
enum err release_summary_pdf_look(struct request *r, struct tx *tx);
/* registry.c, registry_letters.c: §19 */
enum err registry_letters_look(struct request *r, struct tx *tx);
enum err registry_letter_look(struct request *r, struct tx *tx);
enum err registry_letter_write(struct request *r, struct tx *tx);
enum err registry_doubts_look(struct request *r, struct tx *tx);
enum err registry_doubt_write(struct request *r, struct tx *tx);
enum err registry_merges_look(struct request *r, struct tx *tx);
enum err registry_merge_write(struct request *r, struct tx *tx);

/* sick_calls.c, local_visits.c, clinic_work.c: §16 */
enum err statements_look(struct request *r, struct tx *tx);
enum err statement_add_write(struct request *r, struct tx *tx);
enum err statement_answer_write(struct request *r, struct tx *tx);
enum err sick_voice_post_look(struct request *r, struct tx *tx);
void sick_voice_post_work(struct request *r);
enum err sick_voice_post_write(struct request *r, struct tx *tx);
enum err sick_voice_look(struct request *r, struct tx *tx);
enum err sick_calls_look(struct request *r, struct tx *tx);
enum err sick_call_look(struct request *r, struct tx *tx);
enum err sick_call_add_write(struct request *r, struct tx *tx);
enum err sick_call_go_write(struct request *r, struct tx *tx);
enum err sick_call_event_write(struct request *r, struct tx *tx);
enum err local_visits_look(struct request *r, struct tx *tx);
enum err signal_add_write(struct request *r, struct tx *tx);
enum err signal_look(struct request *r, struct tx *tx);
enum err concerns_look(struct request *r, struct tx *tx);
enum err concern_event_write(struct request *r, struct tx *tx);
enum err local_visit_look(struct request *r, struct tx *tx);
enum err local_visit_event_write(struct request *r, struct tx *tx);
enum err local_visit_sight_write(struct request *r, struct tx *tx);
enum err overdue_look(struct request *r, struct tx *tx);
enum err results_look(struct request *r, struct tx *tx);
enum err result_acknowledge_write(struct request *r, struct tx *tx);
enum err alarm_look(struct request *r, struct tx *tx);

/* opinions.c, opinion_answers.c, opinion_after.c, opinion_papers.c: §18 */
enum err opinion_look(struct request *r, struct tx *tx);
enum err opinion_save_write(struct request *r, struct tx *tx);
void opinion_answer_work(struct request *r);
enum err opinion_sign_look(struct request *r, struct tx *tx);
enum err opinion_sign_write(struct request *r, struct tx *tx);
enum err opinion_dissent_look(struct request *r, struct tx *tx);
enum err opinion_dissent_write(struct request *r, struct tx *tx);
enum err opinion_amend_look(struct request *r, struct tx *tx);
enum err opinion_amend_write(struct request *r, struct tx *tx);
enum err opinion_excuse_write(struct request *r, struct tx *tx);
enum err advice_write_one(struct request *r, struct tx *tx);
enum err telling_give_write(struct request *r, struct tx *tx);
enum err telling_hold_write(struct request *r, struct tx *tx);
enum err opinion_bundle_look(struct request *r, struct tx *tx);
enum err opinion_pdf_look(struct request *r, struct tx *tx);
void opinion_pdf_work(struct request *r);
enum err site_key_look(struct request *r, struct tx *tx);
enum err follow_ups_look(struct request *r, struct tx *tx);
enum err follow_up_done_write(struct request *r, struct tx *tx);

/* sheets.c: what is printed */
enum err copy_ask_write(struct request *r, struct tx *tx);
enum err copy_pdf_look(struct request *r, struct tx *tx);
void copy_pdf_work(struct request *r);
enum err copy_handed_write(struct request *r, struct tx *tx);
enum err sheet_summary_look(struct request *r, struct tx *tx);
enum err sheet_note_look(struct request *r, struct tx *tx);
void sheet_work(struct request *r);

#endif
