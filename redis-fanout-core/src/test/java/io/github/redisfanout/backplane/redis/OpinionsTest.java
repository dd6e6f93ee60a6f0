package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;

/** Which master follows from what sentinels answered. */
class OpinionsTest {
  private static final HostAndPort A = new HostAndPort("10.0.0.1", 6379);
  private static final HostAndPort B = new HostAndPort("10.0.0.2", 6379);
  private static final HostAndPort C = new HostAndPort("10.0.0.3", 6379);
  private static final long NONE = Master.UNKNOWN_EPOCH;

  private static Master master(HostAndPort address, long epoch) {
    return new Master(address, "", epoch);
  }

  private static Opinion opinion(@Nullable String sentinel, HostAndPort address, long epoch) {
    return opinion(sentinel, address, "", epoch);
  }

  private static Opinion opinion(
      @Nullable String sentinel, HostAndPort address, String runId, long epoch) {
    return new Opinion(sentinel, new Master(address, runId, epoch), Map.of(), 1);
  }

  private static Opinions ofThree(Opinion... opinions) {
    return new Opinions(List.of(opinions), 3);
  }

  // ---- the winner

  @Test
  void highestEpochWinsAgainstAMajority() {
    Opinions opinions = ofThree(opinion("1", A, 4), opinion("2", A, 4), opinion("3", B, 5));

    assertThat(opinions.winner(null)).isEqualTo(master(B, 5));
    assertThat(opinions.winner(master(A, 4))).isEqualTo(master(B, 5));
    assertThat(opinions.confirm(master(B, 5))).isFalse();
  }

  @Test
  void withoutAnswersTheMasterStays() {
    assertThat(ofThree().winner(master(A, 4))).isEqualTo(master(A, 4));
    assertThat(ofThree().winner(null)).isNull();
    assertThat(ofThree().confirm(master(A, 4))).isFalse();
  }

  @Test
  void oldOpinionMovesNobody() {
    assertThat(ofThree(opinion("1", B, 3)).winner(master(A, 4))).isEqualTo(master(A, 4));
  }

  @Test
  void majorityMayHaveForgottenTheEpoch() {
    Opinions opinions = ofThree(opinion("1", B, 0), opinion("2", B, 0));

    assertThat(opinions.winner(master(A, 4))).isEqualTo(master(B, 0));
    assertThat(opinions.confirm(master(B, 0))).isTrue();
  }

  @Test
  void majorityMayHaveForgottenTheEpochBesideAnOldOpinion() {
    Opinions opinions = ofThree(opinion("1", B, 0), opinion("2", B, 0), opinion("3", C, 3));

    assertThat(opinions.winner(master(A, 4))).isEqualTo(master(B, 0));
  }

  @Test
  void majorityThatForgotWaitsWhileOneStillNamesTheMaster() {
    Opinions opinions = ofThree(opinion("1", B, 0), opinion("2", B, 0), opinion("3", A, 4));

    assertThat(opinions.winner(master(A, 4))).isEqualTo(master(A, 4));
    assertThat(opinions.confirm(master(A, 4))).isFalse();
  }

  @Test
  void sameEpochMovesOnlyWithAMajority() {
    Master current = master(A, 0);

    assertThat(ofThree(opinion("1", B, 0)).winner(current)).isEqualTo(current);
    assertThat(ofThree(opinion("1", B, 0), opinion("2", B, 0)).winner(current))
        .isEqualTo(master(B, 0));
  }

  @Test
  void mostVotesDecideBetweenEqualEpochs() {
    Opinions opinions = ofThree(opinion("1", A, 4), opinion("2", B, 4), opinion("3", B, 4));

    assertThat(opinions.winner(null)).isEqualTo(master(B, 4));
  }

  @Test
  void mostVotesDecideWithoutEpochs() {
    Opinions opinions =
        ofThree(opinion("1", B, NONE), opinion("2", A, NONE), opinion("3", A, NONE));

    assertThat(opinions.winner(null)).isEqualTo(master(A, NONE));
  }

  @Test
  void withoutEpochsOnlyAMajorityMoves() {
    Master current = master(A, NONE);

    assertThat(ofThree(opinion("1", B, NONE)).winner(current)).isEqualTo(current);
    assertThat(ofThree(opinion("1", B, 7)).winner(current)).isEqualTo(current);
    assertThat(ofThree(opinion("1", B, NONE), opinion("2", B, NONE)).winner(current))
        .isEqualTo(master(B, NONE));
  }

  @Test
  void epochIsKeptWhenSentinelsNoLongerSayIt() {
    Opinions opinions = ofThree(opinion("1", A, NONE), opinion("2", A, NONE));

    assertThat(opinions.winner(master(A, 4))).isEqualTo(master(A, 4));
    assertThat(opinions.confirm(master(A, 4))).isTrue();
  }

  // ---- the majority

  @Test
  void twoOfThreeConfirm() {
    assertThat(ofThree(opinion("1", A, 4), opinion("2", A, 4)).confirm(master(A, 4))).isTrue();
    assertThat(ofThree(opinion("1", A, 4)).confirm(master(A, 4))).isFalse();
  }

  @Test
  void twoOfFourDoNotConfirm() {
    Opinions opinions = new Opinions(List.of(opinion("1", A, 4), opinion("2", A, 4)), 4);

    assertThat(opinions.confirm(master(A, 4))).isFalse();
  }

  @Test
  void sentinelCountsOnceUnderTwoAddresses() {
    Opinions opinions = ofThree(opinion("1", A, 4), opinion("1", A, 4));

    assertThat(opinions.answered()).isEqualTo(1);
    assertThat(opinions.confirm(master(A, 4))).isFalse();
  }

  @Test
  void newerAnswerOfASentinelCounts() {
    Opinions opinions = ofThree(opinion("1", A, 4), opinion("1", B, 5), opinion("1", A, 4));

    assertThat(opinions.winner(null)).isEqualTo(master(B, 5));
    assertThat(opinions.votesFor(master(A, 4))).isZero();
  }

  @Test
  void sentinelThatIsNotCertainNamesAMasterAndCountsForNoMajority() {
    Opinions opinions = ofThree(opinion(null, A, 4), opinion(null, A, 4));

    assertThat(opinions.winner(null)).isEqualTo(master(A, 4));
    assertThat(opinions.answered()).isZero();
    assertThat(opinions.confirm(master(A, 4))).isFalse();
  }

  @Test
  void otherEpochOfTheSameAddressDoesNotConfirm() {
    Opinions opinions = ofThree(opinion("1", A, 4), opinion("2", A, 4), opinion("3", A, 6));

    assertThat(opinions.winner(master(A, 4))).isEqualTo(master(A, 6));
    assertThat(opinions.confirm(master(A, 6))).isFalse();
  }

  @Test
  void olderOpinionDoesNotContradictAMajority() {
    Opinions opinions = ofThree(opinion("1", A, 4), opinion("2", A, 4), opinion("3", B, 3));

    assertThat(opinions.confirm(master(A, 4))).isTrue();
    assertThat(opinions.areUnanimousFor(master(A, 4))).isFalse();
  }

  @Test
  void opinionOfTheSameEpochContradictsAMajority() {
    Opinions opinions = ofThree(opinion("1", A, 4), opinion("2", A, 4), opinion("3", B, 4));

    assertThat(opinions.confirm(master(A, 4))).isFalse();
  }

  @Test
  void opinionWithoutAnEpochMayBeNewer() {
    Opinions opinions = ofThree(opinion("1", A, 4), opinion("2", A, 4), opinion("3", B, NONE));

    assertThat(opinions.confirm(master(A, 4))).isFalse();
  }

  @Test
  void unanimousMeansThatAllHaveAnswered() {
    assertThat(ofThree(opinion("1", A, 4), opinion("2", A, 4)).areUnanimousFor(master(A, 4)))
        .isFalse();
    assertThat(
            ofThree(opinion("1", A, 4), opinion("2", A, 4), opinion("3", A, 4))
                .areUnanimousFor(master(A, 4)))
        .isTrue();
  }

  // ---- the run id

  @Test
  void runIdIsAddedOnceASentinelKnowsIt() {
    Opinions opinions = ofThree(opinion("1", A, "", 4), opinion("2", A, "x", 4));

    assertThat(opinions.winner(master(A, 4))).isEqualTo(new Master(A, "x", 4));
  }

  @Test
  void otherRunIdCountsOnceAMajorityNamesIt() {
    Master current = new Master(A, "x", 4);

    assertThat(ofThree(opinion("1", A, "y", 4), opinion("2", A, "x", 4)).winner(current))
        .isEqualTo(current);
    assertThat(ofThree(opinion("1", A, "y", 4), opinion("2", A, "y", 4)).winner(current))
        .isEqualTo(new Master(A, "y", 4));
  }

  @Test
  void runIdOfTheOldMasterIsNotTheNewOnes() {
    Opinions opinions = ofThree(opinion("1", A, "x", 4), opinion("2", B, "", 5));

    assertThat(opinions.winner(new Master(A, "x", 4))).isEqualTo(master(B, 5));
  }
}
